import Tensors

/// How a convolution's groups are computed. oneDNN has fast kernels for groups of whole blocks of sixteen channels, and for single
/// channels; other groups it leaves to a reference kernel that is a hundred times slower. Those are joined, with zeros between
/// them, until they fill blocks: all of them where fewer never do, unless that were more than 64.
struct JoinedGroups: Sendable {
    /// Groups that are left.
    let groups: Int
    /// Groups in one of those.
    private let joined: Int
    private let outputs: Int
    private let outputsPerGroup: Int
    /// Weights of an output channel.
    private let row: Int

    init(_ convolution: Convolution) {
        let (inputs, groups) = (convolution.weightShape[1], convolution.groups)
        outputs = convolution.outputs
        outputsPerGroup = outputs / groups
        row = inputs * convolution.kernel[0] * convolution.kernel[1]
        let outputsPerGroup = outputsPerGroup
        let wanted = (1...groups).first { groups % $0 == 0 && inputs * $0 % 16 == 0 && outputsPerGroup * $0 % 16 == 0 } ?? groups
        joined = inputs == 1 && outputsPerGroup == 1 || wanted > 64 ? 1 : wanted
        self.groups = groups / joined
    }

    /// True when groups stay as they are.
    var isTrivial: Bool { joined == 1 }
    /// The number of weights with the zeros.
    var count: Int { outputs * joined * row }

    private func place(_ output: Int) -> Int { (output * joined + output / outputsPerGroup % joined) * row }

    /// Sets `wide` to the weights with zeros between them.
    func join(_ weights: UnsafePointer<Float>, into wide: UnsafeMutablePointer<Float>) {
        wide.update(repeating: 0, count: count)
        for output in 0..<outputs { (wide + place(output)).update(from: weights + output * row, count: row) }
    }

    /// Takes from gradients of joined weights those that belong to weights.
    func separate(_ wide: UnsafePointer<Float>, into weights: UnsafeMutablePointer<Float>) {
        for output in 0..<outputs { (weights + output * row).update(from: wide + place(output), count: row) }
    }
}

extension Convolution {
    /// The groups and weights that kernels are made for.
    func joiningGroups() -> (groups: Int, weights: Tensor) {
        let form = JoinedGroups(self)
        guard !form.isTrivial else { return (groups, weights) }
        let weights = weights
        let values = [Float](unsafeUninitializedCapacity: form.count) { buffer, count in
            weights.values.withUnsafeBufferPointer {
                if let from = $0.baseAddress, let to = buffer.baseAddress { form.join(from, into: to) }
            }
            count = form.count
        }
        return (form.groups, Tensor(shape: Shape([outputs, form.count / outputs / (kernel[0] * kernel[1])] + kernel), values: values))
    }
}
