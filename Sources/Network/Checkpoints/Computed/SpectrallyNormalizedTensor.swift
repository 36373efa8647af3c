import Tensors

/// A parameter divided by the largest singular value of its matrix, W / (u^T W v), with the vectors that training left: in evaluation
/// they stay as they are (Miyato et al. 2018; `torch.nn.utils.spectral_norm` and `torch.nn.utils.parametrizations.spectral_norm`).
struct SpectrallyNormalizedTensor: ComputedTensor {
    private let original: TensorEntry
    private let left: TensorEntry
    private let right: TensorEntry
    /// The axis that makes the matrix's rows.
    private let axis: Int

    /// Nil when the shapes do not belong together.
    init?(_ original: TensorEntry, left: TensorEntry, right: TensorEntry) {
        let shape = original.shape
        guard left.shape.rank == 1, right.shape.rank == 1, shape.count > 0,
            let axis = shape.dimensions.firstIndex(of: left.shape.count), shape.count / left.shape.count == right.shape.count
        else { return nil }
        self.original = original
        self.left = left
        self.right = right
        self.axis = axis
    }

    var formula: String { "\(original.shortName) / its largest singular value, by \(left.shortName) and \(right.shortName) (spectral normalisation)" }
    var shape: Shape { original.shape }

    func values() throws -> Tensor {
        var tensor = try original.values()
        let (u, v) = (try left.values().values, try right.values().values)
        let (outer, rows, inner) = shape.split(at: axis)
        var sigma = 0.0
        for a in 0..<outer {
            for row in 0..<rows {
                var sum = 0.0
                for b in 0..<inner { sum += Double(tensor.values[(a * rows + row) * inner + b]) * Double(v[a * inner + b]) }
                sigma += Double(u[row]) * sum
            }
        }
        let divisor = Float(sigma)
        for index in tensor.values.indices { tensor.values[index] /= divisor }
        return tensor
    }
}
