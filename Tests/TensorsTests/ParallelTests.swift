import Testing

@testable import Tensors

struct ParallelTests {
    @Test(arguments: [1, 2, 3, 7])
    func everyItemOnce(_ threads: Int) throws {
        OneDNN.useThreads(threads)
        defer { OneDNN.useThreads(1) }
        for count in [0, 1, 2, 5, 100, 1001] {
            for minimum in [1, 10, 5000] {
                let buffer = try AlignedBuffer(bytes: 4 * (count + 1)), marks = buffer.floats()
                Parallel.ranges(count, minimum: minimum) { range in for i in range { marks[i] += 1 } }
                #expect((0..<count).allSatisfy { marks[$0] == 1 })
            }
            let buffer = try AlignedBuffer(bytes: 4 * (count + 1)), marks = buffer.floats()
            Parallel.forEach(count) { thread, item in
                if thread < threads { marks[item] += 1 }
            }
            #expect((0..<count).allSatisfy { marks[$0] == 1 })
        }
    }

    @Test func sumsHaveTheSameBitsOnAnyNumberOfThreads() throws {
        let count = 1 << 18
        var random = RandomSource(seed: 1, stream: "parallel")
        let sources = try (0..<3).map { _ in try AlignedBuffer(bytes: 4 * count) }
        for source in sources { for i in 0..<count { source.floats()[i] = random.normal() } }
        defer { OneDNN.useThreads(1) }
        var results: [[Float]] = []
        for threads in 1...4 {
            OneDNN.useThreads(threads)
            let target = try AlignedBuffer(bytes: 4 * count)
            Elementwise.sum(sources.map { $0.floats() }, into: target.floats(), count: count, activation: .relu)
            results.append(Array(UnsafeBufferPointer(start: target.floats(), count: count)))
        }
        #expect(results.allSatisfy { $0 == results[0] } && results[0].contains { $0 > 0 })
    }
}
