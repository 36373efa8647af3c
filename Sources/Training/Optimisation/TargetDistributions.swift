public import Tensors

/// Distributions over the channels of a layer, to choose one from for every position: the rows of a score matrix.
public struct TargetDistributions: Sendable {
    public let count: Int
    public let channels: Int
    let rows: AlignedBuffer
    /// Of every row the sum of `q log q`.
    let negativeEntropies: [Double]

    /// The rows of `table`, count x channels, each of which sums to one. Throws a `Problem` when there is no memory for them.
    public init(_ table: Tensor) throws {
        precondition(table.shape.rank == 2, "a table has rows and columns")
        (count, channels) = (table.shape[0], table.shape[1])
        let padded = Layout.blocks(channels) * Layout.block
        rows = try AlignedBuffer(bytes: count * padded * MemoryLayout<Float>.size)
        var negativeEntropies: [Double] = []
        for row in 0..<count {
            let values = table.values[row * channels..<(row + 1) * channels]
            for (place, value) in values.enumerated() { rows.floats()[row * padded + place] = value }
            negativeEntropies.append(values.reduce(0) { $1 > 0 ? $0 + Double($1) * Double(Losses.logarithm($1)) : $0 })
        }
        self.negativeEntropies = negativeEntropies
    }
}
