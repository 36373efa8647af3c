import Diagnostics
import Foundation

/// Times the stages of a piece of work by what it says of its progress.
final class StageTimer: ProgressReport, @unchecked Sendable {
    /// One stage.
    struct Stage {
        var total: Int
        /// When how many pieces were done, of the first and of the last time that something was said.
        fileprivate var first: (time: ContinuousClock.Instant, done: Int)?
        fileprivate var last: (time: ContinuousClock.Instant, done: Int)?

        /// Seconds for a piece once work goes on steadily; nil where that was not long enough to tell.
        var secondsPerPiece: Double? {
            guard let first, let last, last.done > first.done else { return nil }
            return first.time.duration(to: last.time).inSeconds / Double(last.done - first.done)
        }
    }

    private let lock = NSLock()
    private var all: [Stage] = []

    /// In the order in which they began.
    var stages: [Stage] { lock.withLock { all } }

    func begin(_ stage: String, total: Int, done: Int) { lock.withLock { all.append(Stage(total: total)) } }

    func update(_ done: Int) {
        let now = (ContinuousClock.now, done)
        lock.withLock {
            guard let stage = all.indices.last else { return }
            if all[stage].first == nil { all[stage].first = now }
            all[stage].last = now
        }
    }

    func end() {}
    func note(_ line: String) {}
}

extension Duration {
    var inSeconds: Double { Double(components.attoseconds) * 1e-18 + Double(components.seconds) }
}
