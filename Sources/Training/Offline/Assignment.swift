import Diagnostics
import Tensors

/// A chunk of rows with the nearest centre of each: the buffers of a pass over a stream.
final class Assignment {
    let rows: PreparedRows
    /// Of each row, as the last `find` left them.
    let numbers: UnsafeMutablePointer<Int32>
    let distances: UnsafeMutablePointer<Float>
    private let threads: Int
    private let scratches: [AlignedBuffer]

    init(capacity: Int, dimension: Int, threads: Int) throws {
        rows = try PreparedRows(capacity: capacity, dimension: dimension)
        self.threads = threads
        scratches = try (0..<max(1, threads)).map { _ in try NearestCentres.scratch() }
        numbers = .allocate(capacity: capacity)
        distances = .allocate(capacity: capacity)
    }

    deinit {
        numbers.deallocate()
        distances.deallocate()
    }

    /// Finds the nearest of `centres` for rows `range` of the chunk.
    func find(_ centres: NearestCentres, _ range: Range<Int>) throws {
        let blocks = (range.count + NearestCentres.blockRows - 1) / NearestCentres.blockRows
        let failure = FirstFailure()
        OneDNN.useThreads(threads)
        Parallel.forEach(blocks) { thread, block in
            let begin = range.lowerBound + block * NearestCentres.blockRows
            failure.catching {
                try centres.find(
                    rows, begin..<min(begin + NearestCentres.blockRows, range.upperBound), scratch: scratches[thread], numbers: numbers,
                    distances: distances)
            }
        }
        try failure.rethrow()
    }
}
