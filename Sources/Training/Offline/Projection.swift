import Tensors

/// A pass over a source's rows in the space of discriminant analysis, chunk by chunk.
final class Projection<Source: FeatureSource> {
    let assignment: Assignment
    private let source: Source
    private let discriminants: DiscriminantAnalysis
    private let centred: PreparedRows
    private let threads: Int

    init(_ discriminants: DiscriminantAnalysis, of source: Source, threads: Int) throws {
        self.source = source
        self.discriminants = discriminants
        self.threads = threads
        let size = Source.chunkRows(stride: PreparedRows.stride(for: source.dimension))
        centred = try PreparedRows(capacity: size, dimension: source.dimension)
        assignment = try Assignment(capacity: size, dimension: discriminants.components, threads: threads)
    }

    /// Calls `body` with projected rows and the chunk that they come from, whose labels are theirs.
    func forEachChunk(_ body: (PreparedRows, FeatureBatch) throws -> Void) throws {
        try source.forEachChunk(of: centred.capacity) { chunk in
            OneDNN.useThreads(threads)
            try assignment.rows.take(chunk.values, rows: chunk.rows, through: discriminants, centred: centred)
            try body(assignment.rows, chunk)
        }
    }
}

extension FeatureBatch {
    /// Rows of one class that lie side by side, and the class; rows without one are left out.
    var runs: [(label: Int, range: Range<Int>)] {
        var result: [(label: Int, range: Range<Int>)] = [], begin = 0
        while begin < rows {
            var end = begin + 1
            while end < rows, labels[end] == labels[begin] { end += 1 }
            if labels[begin] >= 0 { result.append((Int(labels[begin]), begin..<end)) }
            begin = end
        }
        return result
    }
}
