import Tensors

extension Convolution {
    /// The groups and weights that kernels are made for. oneDNN has fast kernels for groups of whole blocks of sixteen channels,
    /// and for single channels; other groups it leaves to a reference kernel that is a hundred times slower. Those are joined, with
    /// zeros between them, until they fill blocks: all of them where fewer never do, unless that were more than 64.
    func joiningGroups() -> (groups: Int, weights: Tensor) {
        let (inputs, outputs) = (weights.shape[1], self.outputs / groups)
        let isDepthwise = inputs == 1 && outputs == 1
        let joined = (1...groups).first { groups % $0 == 0 && inputs * $0 % 16 == 0 && outputs * $0 % 16 == 0 } ?? groups
        guard !isDepthwise, joined > 1, joined <= 64 else { return (groups, weights) }
        let area = kernel[0] * kernel[1], row = inputs * area
        var values = [Float](repeating: 0, count: self.outputs * joined * row)
        for output in 0..<self.outputs {
            let place = (output * joined + output / outputs % joined) * row
            values.replaceSubrange(place..<(place + row), with: weights.values[(output * row)..<((output + 1) * row)])
        }
        return (groups / joined, Tensor(shape: Shape([self.outputs, joined * inputs] + kernel), values: values))
    }
}
