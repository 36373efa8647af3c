import Tensors

/// A pruned parameter: its values times a mask of zeros and ones (`torch.nn.utils.prune`).
struct MaskedTensor: ComputedTensor {
    private let original: TensorEntry
    private let mask: TensorEntry

    /// Nil when the shapes differ.
    init?(_ original: TensorEntry, mask: TensorEntry) {
        guard original.shape == mask.shape else { return nil }
        self.original = original
        self.mask = mask
    }

    var formula: String { "\(original.shortName) x \(mask.shortName) (pruning)" }
    var shape: Shape { original.shape }

    func values() throws -> Tensor {
        var tensor = try original.values()
        let mask = try mask.values().values
        for index in mask.indices { tensor.values[index] *= mask[index] }
        return tensor
    }
}
