import Tensors

/// A parameter kept as lengths and directions: w = g v / ||v||, the norm being taken over all axes but one, or over all
/// (Salimans and Kingma 2016; `torch.nn.utils.weight_norm`).
struct NormalizedTensor: ComputedTensor {
    private let lengths: TensorEntry
    private let directions: TensorEntry
    /// The axis along which there are several lengths; nil where there is a single one.
    private let axis: Int?

    /// Nil when the shapes are none of such a pair.
    init?(lengths: TensorEntry, directions: TensorEntry) {
        let extents = lengths.shape.dimensions, shape = directions.shape
        guard extents.isEmpty || extents.count == shape.rank, shape.count > 0 else { return nil }
        let several = extents.indices.filter { extents[$0] != 1 }
        guard several.count <= 1, several.allSatisfy({ extents[$0] == shape[$0] }) else { return nil }
        self.lengths = lengths
        self.directions = directions
        axis = several.first
    }

    var formula: String { "\(lengths.shortName) x \(directions.shortName) / its norm (weight normalisation)" }
    var shape: Shape { directions.shape }

    func values() throws -> Tensor {
        var tensor = try directions.values()
        let lengths = try lengths.values().values
        let (_, extent, inner) = axis.map(shape.split) ?? (1, 1, shape.count)
        var squares = [Double](repeating: 0, count: extent)
        for (index, value) in tensor.values.enumerated() { squares[index / inner % extent] += Double(value) * Double(value) }
        let factors = zip(lengths, squares).map { $0 / Float($1.squareRoot()) }
        for index in tensor.values.indices { tensor.values[index] *= factors[index / inner % extent] }
        return tensor
    }
}
