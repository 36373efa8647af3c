import Tensors

/// What the parts of an inverted residual block are called, each below the block's name.
struct InvertedResidualModules {
    /// Convolution, normalisation and nonlinearity; nil where the block does not widen its input.
    var expansion: [String]?
    /// Convolution, normalisation and nonlinearity.
    var depthwise: [String]
    /// Convolution and normalisation.
    var projection: [String]
}

/// How a block weighs its channels by what they hold on the whole map (Hu et al. 2018).
struct SqueezeExcitation {
    /// Below the block's name.
    var name: String
    var squeezed: Int
    var nonlinearity: any Operation
    var gate: any Operation
    /// Its two convolutions below the block's name; `fc1` and `fc2` in it by default.
    var convolutions: [String] = []
}

extension NetworkBuilder {
    /// The block of the MobileNets and EfficientNets: widen to `hidden` channels, look at each channel's neighbourhood, narrow
    /// without a nonlinearity; added to its input where the shape is the same (Sandler et al. 2018). Where it `isActiveBehind`, a nonlinearity
    /// ends it in place of the sum.
    mutating func invertedResidual(
        _ name: String, _ x: Node, _ modules: InvertedResidualModules, hidden: Int, outputs: Int, kernel: Int = 3, stride: Int,
        nonlinearity: any Operation, squeezeExcitation: SqueezeExcitation? = nil, adds: Bool = true,
        isActiveBehind: Bool = false
    ) throws -> Node {
        var y = x
        if let expansion = modules.expansion?.map({ "\(name).\($0)" }) {
            y = try normalizedConvolution(expansion[0], expansion[1], y, to: hidden)
            y = add(expansion[2], nonlinearity, y)
        }
        let depthwise = modules.depthwise.map { "\(name).\($0)" }
        y = try normalizedConvolution(
            depthwise[0], depthwise[1], y, to: hidden, kernel: kernel, stride: stride, groups: hidden)
        y = add(depthwise[2], nonlinearity, y)
        if let squeezeExcitation { y = try add(squeezeExcitation, below: name, y) }
        let projection = modules.projection.map { "\(name).\($0)" }
        y = try normalizedConvolution(projection[0], projection[1], y, to: outputs)
        if isActiveBehind { return add(name, nonlinearity, y) }
        return residual(name, x, y, adds: adds && stride == 1 && x.channels == outputs)
    }

    /// The end of a block: the sum of its input and its result, or the latter alone.
    mutating func residual(_ name: String, _ x: Node, _ y: Node, adds: Bool) -> Node {
        if adds { return add(name, Sum(), x, y) }
        alias(name, y)
        return y
    }

    mutating func add(_ part: SqueezeExcitation, below block: String, _ x: Node) throws -> Node {
        let name = "\(block).\(part.name)"
        let convolutions = part.convolutions.isEmpty ? ["\(name).fc1", "\(name).fc2"] : part.convolutions.map { "\(block).\($0)" }
        var y = add("\(name).avgpool", GlobalAveragePooling(), x)
        y = try convolution(convolutions[0], y, to: part.squeezed, bias: true)
        y = add("\(name).activation", part.nonlinearity, y)
        y = try convolution(convolutions[1], y, to: x.channels, bias: true)
        y = add("\(name).scale_activation", part.gate, y)
        return add(name, Arithmetic(.product), x, y)
    }

    /// A number of channels to a multiple of 8, never more than a tenth below.
    static func rounded(channels wanted: Double) -> Int {
        let rounded = max(8, Int(wanted + 4) / 8 * 8)
        return Double(rounded) < 0.9 * wanted ? rounded + 8 : rounded
    }
}
