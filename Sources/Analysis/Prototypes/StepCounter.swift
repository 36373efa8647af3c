import Diagnostics
import Foundation

/// Counts optimisation steps over threads.
final class StepCounter: @unchecked Sendable {
    private let lock = NSLock()
    private let progress: any ProgressReport
    private(set) var done: Int

    init(_ progress: any ProgressReport, done: Int) {
        self.progress = progress
        self.done = done
    }

    func add(_ steps: Int) {
        lock.withLock {
            done += steps
            progress.update(done)
        }
    }
}
