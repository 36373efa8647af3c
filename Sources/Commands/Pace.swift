/// How fast work goes, by its later half: pieces are not all alike, and the first say little about the last.
struct Pace {
    private var marks: [(seconds: Double, done: Int)]

    /// As many marks as are kept at most, a power of two.
    private static let most = 64

    /// Of work that begins with `done` pieces.
    init(done: Int) { marks = [(0, done)] }

    /// Notes that `done` pieces are done after so many seconds.
    mutating func note(_ done: Int, after seconds: Double) {
        if marks.count == Self.most { marks = stride(from: 0, to: marks.count, by: 2).map { marks[$0] } }
        marks.append((seconds, done))
    }

    /// Seconds until `total` pieces are done; nil in the first second, and before anything is.
    func secondsLeft(until total: Int) -> Double? {
        guard let last = marks.last, last.seconds > 1, last.done < total else { return nil }
        let since = marks.last { $0.seconds <= last.seconds / 2 && $0.done < last.done } ?? marks[0]
        guard last.done > since.done else { return nil }
        return (last.seconds - since.seconds) / Double(last.done - since.done) * Double(total - last.done)
    }
}
