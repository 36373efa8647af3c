import Synchronization

/// Carries an error out of a parallel loop: one of those thrown.
public final class FirstFailure: Sendable {
    private let error = Mutex<(any Error)?>(nil)

    public init() {}

    public func catching(_ body: () throws -> Void) {
        do { try body() } catch { note(error) }
    }

    private func note(_ problem: any Error) { error.withLock { if $0 == nil { $0 = problem } } }

    public func rethrow() throws {
        if let problem = error.withLock({ $0 }) { throw problem }
    }
}
