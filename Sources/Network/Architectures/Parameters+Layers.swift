import Tensors

/// Layers whose values are asked for by the names that PyTorch's modules give them.
extension Parameters {
    /// `<name>.weight` of a convolution, outputs x inputs/groups x kernel x kernel, and `<name>.bias` if it has one.
    public func convolution(
        _ name: String, inputs: Int, outputs: Int, kernel: [Int], stride: Int = 1, padding: Padding, groups: Int = 1,
        bias: Bool = false
    ) throws -> Convolution {
        Convolution(
            weights: try tensor("\(name).weight", Shape([outputs, inputs / groups] + kernel)),
            bias: bias ? try tensor("\(name).bias", [outputs]).values : nil, stride: stride, padding: padding, groups: groups)
    }

    /// `<name>.weight`, `.bias`, `.running_mean`, `.running_var` of a batch normalisation; the last two alone where it learns nothing
    /// by gradient.
    public func batchNormalization(_ name: String, channels: Int, epsilon: Float, learns: Bool = true) throws -> BatchNormalization {
        if isRandom {
            return BatchNormalization(
                weight: Array(repeating: 1, count: channels), bias: Array(repeating: 0, count: channels),
                mean: Array(repeating: 0, count: channels), variance: Array(repeating: 1, count: channels), epsilon: epsilon)
        }
        passesOver(["\(name).num_batches_tracked"])
        let statistics = ["running_mean", "running_var"]
        let values = try ["weight", "bias", "running_mean", "running_var"].map { part in
            learns || statistics.contains(part)
                ? try tensor("\(name).\(part)", [channels]).values : Array(repeating: part == "weight" ? 1 : 0, count: channels)
        }
        return BatchNormalization(
            weight: values[0], bias: values[1], mean: values[2], variance: values[3], epsilon: epsilon)
    }

    /// `<name>.weight` (outputs x inputs) and, if it has one, `.bias` of a linear layer.
    public func linear(_ name: String, inputs: Int, outputs: Int, bias: Bool = true) throws -> Linear {
        Linear(
            weights: try tensor("\(name).weight", [outputs, inputs]),
            bias: bias ? try tensor("\(name).bias", [outputs]).values : nil)
    }

    /// A linear layer over the channels of a map: the 1 x 1 convolution with its values.
    public func pointwiseLinear(_ name: String, inputs: Int, outputs: Int) throws -> Convolution {
        let weights = try tensor("\(name).weight", [outputs, inputs])
        return Convolution(
            weights: weights.reshaped(to: Shape(weights.shape.dimensions + [1, 1])),
            bias: try tensor("\(name).bias", [outputs]).values, padding: .symmetric(0))
    }

    /// `<name>.weight` and `.bias` of a layer normalisation along `axis`.
    public func layerNormalization(_ name: String, count: Int, axis: Int, epsilon: Float) throws -> LayerNormalization {
        if isRandom {
            return LayerNormalization(
                axis: axis, weight: Array(repeating: 1, count: count), bias: Array(repeating: 0, count: count), epsilon: epsilon)
        }
        return LayerNormalization(
            axis: axis, weight: try tensor("\(name).weight", [count]).values, bias: try tensor("\(name).bias", [count]).values,
            epsilon: epsilon)
    }
}
