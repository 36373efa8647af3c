import Dataset
import Foundation
import Testing

struct OrderedWorkTests {
    /// What arrives, in the order of arrival. Only one delivery runs at a time, which is part of what is tested.
    private final class Arrivals: @unchecked Sendable {
        private let lock = NSLock()
        private var inside = 0
        private(set) var numbers: [Int] = []
        private(set) var total = 0.0
        private(set) var metAnother = false

        func add(_ number: Int, _ value: Double) {
            lock.withLock {
                inside += 1
                metAnother = metAnother || inside > 1
            }
            numbers.append(number)
            // Rounds differently in another order.
            total = total * 1.0000001 + value
            lock.withLock { inside -= 1 }
        }
    }

    private struct Failure: Error, Equatable {
        var number: Int
    }

    private static func run(threads: Int, pieces: Range<Int> = 3..<200) throws -> Arrivals {
        let arrivals = Arrivals()
        try OrderedWork.run(pieces, threads: threads) {
            NSMutableArray()
        } piece: { worker, number in
            worker.add(number)
            // Uneven work, so that threads overtake each other.
            return (0..<(number * 7919 % 13) * 200).reduce(Double(number)) { ($0 + Double($1)).squareRoot() + 1 }
        } deliver: { number, value in
            arrivals.add(number, value)
        }
        return arrivals
    }

    @Test func resultsArriveInOrderWhateverTheNumberOfThreads() throws {
        let one = try Self.run(threads: 1)
        #expect(one.numbers == Array(3..<200))
        for threads in [2, 4, 7] {
            let many = try Self.run(threads: threads)
            #expect(many.numbers == one.numbers && many.total == one.total && !many.metAnother, "\(threads) threads")
        }
        #expect(try Self.run(threads: 4, pieces: 5..<5).numbers.isEmpty)
        #expect(try Self.run(threads: 4, pieces: 5..<6).numbers == [5])
        #expect(try Self.run(threads: 0, pieces: 0..<3).numbers == [0, 1, 2])
    }

    @Test(arguments: [1, 4])
    func anErrorEndsTheWorkAndNothingArrivesBehindIt(_ threads: Int) {
        let arrivals = Arrivals()
        #expect(throws: Failure(number: 20)) {
            try OrderedWork.run(0..<1000, threads: threads) {
            } piece: { _, number in
                if number == 20 { throw Failure(number: number) }
                return Double(number)
            } deliver: { number, value in
                arrivals.add(number, value)
            }
        }
        #expect(arrivals.numbers == Array(0..<arrivals.numbers.count) && arrivals.numbers.count <= 20)
    }

    @Test func ofSeveralErrorsTheFirstByOrderIsThrown() {
        // The second piece fails at once, the first once it knows.
        let secondHasFailed = DispatchSemaphore(value: 0)
        #expect(throws: Failure(number: 0)) {
            try OrderedWork.run(0..<2, threads: 2) {
            } piece: { _, number -> Double in
                if number == 0 { secondHasFailed.wait() } else { secondHasFailed.signal() }
                throw Failure(number: number)
            } deliver: { _, _ in
            }
        }
    }

    @Test(arguments: [1, 4])
    func errorsOfWorkersAndOfDeliveryAreThrown(_ threads: Int) {
        #expect(throws: Failure(number: -1)) {
            try OrderedWork.run(0..<10, threads: threads) { throw Failure(number: -1) } piece: { (_: Void, number) in number
            } deliver: { _, _ in }
        }
        let arrivals = Arrivals()
        #expect(throws: Failure(number: 5)) {
            try OrderedWork.run(0..<100, threads: threads) {
            } piece: { _, number in
                Double(number)
            } deliver: { number, value in
                if number == 5 { throw Failure(number: 5) }
                arrivals.add(number, value)
            }
        }
        #expect(arrivals.numbers == [0, 1, 2, 3, 4])
    }

    @Test func noThreadRunsFarAhead() throws {
        // Piece 0 waits until no other can begin: 4 x 2 pieces ahead of what was delivered, itself among them.
        final class Begun: @unchecked Sendable {
            private let condition = NSCondition()
            private var count = 0
            private(set) var most = 0
            func note(_ number: Int) {
                condition.withLock {
                    count += 1
                    most = max(most, number)
                    condition.broadcast()
                }
            }
            func wait(for wanted: Int) { condition.withLock { while count < wanted { condition.wait() } } }
        }
        let begun = Begun()
        let mostWhileWaiting = Arrivals()
        try OrderedWork.run(0..<40, threads: 2) {
        } piece: { _, number in
            begun.note(number)
            if number == 0 {
                begun.wait(for: 8)
                return Double(begun.most)
            }
            return 0
        } deliver: { number, value in
            if number == 0 { mostWhileWaiting.add(number, value) }
        }
        #expect(mostWhileWaiting.total == 7)
    }
}
