import Foundation

/// Independent pieces of work on several threads, delivered in order.
///
/// Results do not depend on the number of threads: each piece is computed by itself, and whatever adds pieces up does so in
/// `deliver`, which is called for one piece at a time in the order of their numbers.
public enum OrderedWork {
    /// Runs pieces `range` on `threads` threads. Each thread first makes its own `worker` (memory, streams). No thread runs more than
    /// `4 * threads` pieces ahead of what was delivered. Throws the first error by order of pieces; pieces under way then
    /// end, no other begins.
    public static func run<Worker, Result: Sendable>(
        _ range: Range<Int>, threads: Int, worker: @escaping @Sendable () throws -> Worker,
        piece: @escaping @Sendable (Worker, Int) throws -> Result, deliver: @escaping @Sendable (Int, Result) throws -> Void
    ) throws {
        guard !range.isEmpty else { return }
        let state = State<Result>(range, ahead: 4 * max(1, threads))
        let count = min(max(1, threads), range.count)
        let finished = DispatchSemaphore(value: 0)
        for _ in 0..<count {
            let thread = Thread {
                do {
                    let own = try worker()
                    while let number = state.take() {
                        do {
                            let result = try piece(own, number)
                            try state.finish(number, result, deliver)
                        } catch {
                            state.fail(number, error)
                        }
                    }
                } catch {
                    state.fail(range.lowerBound, error)
                }
                finished.signal()
            }
            // Kernels of the library keep some of their data on the stack.
            thread.stackSize = 16 << 20
            thread.start()
        }
        for _ in 0..<count { finished.wait() }
        if let error = state.failure { throw error }
    }

    private final class State<Result: Sendable>: @unchecked Sendable {
        private let condition = NSCondition()
        private let end: Int
        private let ahead: Int
        private var next: Int
        private var delivered: Int
        private var waiting: [Int: Result] = [:]
        private var failed: (piece: Int, error: any Error)?

        init(_ range: Range<Int>, ahead: Int) {
            next = range.lowerBound
            delivered = range.lowerBound
            end = range.upperBound
            self.ahead = ahead
        }

        var failure: (any Error)? { failed?.error }

        func take() -> Int? {
            condition.lock()
            defer { condition.unlock() }
            while failed == nil, next < end, next - delivered >= ahead { condition.wait() }
            guard failed == nil, next < end else { return nil }
            next += 1
            return next - 1
        }

        func finish(_ number: Int, _ result: Result, _ deliver: (Int, Result) throws -> Void) throws {
            condition.lock()
            defer {
                condition.broadcast()
                condition.unlock()
            }
            waiting[number] = result
            while failed == nil, let ready = waiting.removeValue(forKey: delivered) {
                do {
                    try deliver(delivered, ready)
                } catch {
                    if failed == nil { failed = (delivered, error) }
                }
                delivered += 1
            }
        }

        func fail(_ number: Int, _ error: any Error) {
            condition.lock()
            if failed.map({ number < $0.piece }) ?? true { failed = (number, error) }
            condition.broadcast()
            condition.unlock()
        }
    }
}
