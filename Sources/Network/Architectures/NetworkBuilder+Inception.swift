import Tensors

extension NetworkBuilder {
    /// A convolution of an Inception network: normalised, with a ReLU behind it that bears the module's name. Pads by half of the
    /// kernel unless it `shrinks` the map.
    mutating func basicConvolution(
        _ name: String, _ x: Node, to outputs: Int, _ kernel: [Int] = [1, 1], stride: Int = 1, shrinks: Bool = false
    ) throws -> Node {
        let padding = shrinks ? [0, 0] : kernel.map { $0 / 2 }
        let y = try convolution(
            "\(name).conv", x, to: outputs, kernel: kernel, stride: stride, padding: .explicit(low: padding, high: padding))
        return relu(name, try batchNormalization("\(name).bn", y))
    }

    /// What several branches have made of one map, one behind the other.
    mutating func concatenation(_ name: String, _ branches: [Node]) -> Node {
        add(name, Concatenation(axis: 0), inputs: branches, channels: branches.reduce(0) { $0 + $1.channels })
    }
}

extension ImageNetwork.Input {
    /// Of networks whose weights come from TensorFlow: colours from -1 to 1. torchvision's models get there from ImageNet's
    /// colours (`transform_input`).
    static func inception(resize: Int, size: Int) -> ImageNetwork.Input {
        .init(resize: resize, size: [size, size], mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5])
    }
}
