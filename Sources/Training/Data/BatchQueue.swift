import Foundation

/// The batches of an epoch in order, made ahead on a thread of their own while the last one is worked on. What they hold does
/// not depend on when they are made.
public final class BatchQueue {
    /// Batches that are ready at most.
    private static let ahead = 2

    private let state: State

    init(_ order: BatchOrder, epoch: Int, from first: Int) throws {
        let buffers = try (0...Self.ahead).map { _ in
            try Batch(capacity: min(order.batchSize, order.pictures.count), shape: order.shape)
        }
        state = State(end: order.count - first, buffers: buffers)
        let state = state
        let thread = Thread {
            let images = order.order(epoch: epoch)
            var made = 0
            while let batch = state.vacant(after: made) {
                do {
                    try order.fill(batch, epoch: epoch, number: first + made, order: images)
                } catch {
                    return state.fail(error)
                }
                made += 1
                state.announce(made)
            }
        }
        thread.stackSize = 4 << 20
        thread.start()
    }

    deinit { state.stop() }

    /// The next batch, which stays as it is until the next call; nil at the end of the epoch. Throws a `Problem` when an image
    /// cannot be read.
    public func next() throws -> Batch? { try state.next() }

    private final class State: @unchecked Sendable {
        private let condition = NSCondition()
        /// Batches in all.
        private let end: Int
        /// Batch i is in buffer i modulo their number.
        private let buffers: [Batch]
        private var made = 0
        private var taken = 0
        private var isStopped = false
        private var failure: (any Error)?

        init(end: Int, buffers: [Batch]) {
            self.end = end
            self.buffers = buffers
        }

        /// Waits until the buffer of batch `number` is free. Nil when there is no such batch, or nobody wants it any more.
        func vacant(after number: Int) -> Batch? {
            condition.lock()
            defer { condition.unlock() }
            // The batch taken last is still being worked on.
            while !isStopped, number < end, number - max(0, taken - 1) >= buffers.count { condition.wait() }
            return isStopped || number >= end ? nil : buffers[number % buffers.count]
        }

        func announce(_ count: Int) {
            condition.lock()
            made = count
            condition.broadcast()
            condition.unlock()
        }

        func fail(_ error: any Error) {
            condition.lock()
            failure = error
            condition.broadcast()
            condition.unlock()
        }

        func stop() {
            condition.lock()
            isStopped = true
            condition.broadcast()
            condition.unlock()
        }

        func next() throws -> Batch? {
            condition.lock()
            defer { condition.unlock() }
            guard taken < end else { return nil }
            while made <= taken, failure == nil { condition.wait() }
            if made <= taken, let failure { throw failure }
            taken += 1
            condition.broadcast()
            return buffers[(taken - 1) % buffers.count]
        }
    }
}
