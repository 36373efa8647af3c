import Foundation

/// When steps were done.
final class StepClock: @unchecked Sendable {
    private let lock = NSLock()
    private var first: (time: ContinuousClock.Instant, pictures: Int)?
    private var last: ContinuousClock.Instant?
    private var pictures = 0

    func note(_ count: Int) {
        lock.withLock {
            let now = ContinuousClock.now
            pictures += count
            if first == nil { first = (now, pictures) }
            last = now
        }
    }

    /// Seconds in which `count` pictures took one step each, from the first step done to the last.
    func seconds(forPictures count: Int) -> Double {
        lock.withLock {
            guard let first, let last, pictures > first.pictures else { return 0 }
            return first.time.duration(to: last).inSeconds / Double(pictures - first.pictures) * Double(count)
        }
    }
}
