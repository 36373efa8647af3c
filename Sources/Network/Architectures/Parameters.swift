import Diagnostics
public import Tensors

/// Hands an architecture its learned values, and notes everything that does not fit: one problem at the end names all
/// missing and mis-shaped tensors, instead of the first.
public final class Parameters {
    private enum Source {
        case tensors(any TensorSource)
        case random(RandomSource)
    }

    private var source: Source
    private var missing: [String] = []
    private var misshaped: [String] = []
    private var used = Set<String>()
    /// Tensors with values that are not finite, in the order of use.
    public private(set) var nonFinite: [String] = []

    /// Values from `tensors`.
    public init(_ tensors: any TensorSource) { source = .tensors(tensors) }

    /// Random values, scaled so that activations keep their size (He et al. 2015): for benchmarks and tests.
    public init(seed: UInt64) { source = .random(RandomSource(seed: seed, stream: "parameters")) }

    /// The first extent of a tensor: how many classes a classifier has. `otherwise` for random values.
    public func firstExtent(of name: String, otherwise: Int) -> Int {
        if case .tensors(let tensors) = source, let shape = tensors.shape(of: name), shape.rank > 0 { return shape[0] }
        return otherwise
    }

    public func has(_ name: String) -> Bool {
        if case .tensors(let tensors) = source { return tensors.shape(of: name) != nil }
        return false
    }

    /// A tensor of the given shape. Zeros when it is missing or has another shape; `finish` tells.
    public func tensor(_ name: String, _ shape: Shape) throws -> Tensor {
        switch source {
        case .random(var random):
            let fanIn = max(1, shape.dimensions.dropFirst().reduce(1, *))
            let scale = (2 / Float(fanIn)).squareRoot()
            let values = (0..<shape.count).map { _ in scale * random.normal() }
            source = .random(random)
            return Tensor(shape: shape, values: values)
        case .tensors(let tensors):
            used.insert(name)
            guard let found = tensors.shape(of: name) else {
                missing.append("\(name) (\(shape))")
                return Tensor(zeros: shape)
            }
            guard found == shape else {
                misshaped.append("\(name) is \(found) and should be \(shape)")
                return Tensor(zeros: shape)
            }
            let tensor = try tensors.tensor(name)
            if tensor.hasNonFinite { nonFinite.append(name) }
            return tensor
        }
    }

    /// `<name>.weight` of a convolution: outputs x inputs/groups x kernel x kernel.
    public func convolution(
        _ name: String, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Padding, groups: Int = 1
    ) throws -> Convolution {
        Convolution(
            weights: try tensor("\(name).weight", [outputs, inputs / groups, kernel, kernel]), stride: stride,
            padding: padding, groups: groups)
    }

    /// `<name>.weight`, `.bias`, `.running_mean`, `.running_var` of a batch normalisation.
    public func batchNormalization(_ name: String, channels: Int, epsilon: Float) throws -> BatchNormalization {
        if case .random = source {
            return BatchNormalization(
                weight: Array(repeating: 1, count: channels), bias: Array(repeating: 0, count: channels),
                mean: Array(repeating: 0, count: channels), variance: Array(repeating: 1, count: channels), epsilon: epsilon)
        }
        used.insert("\(name).num_batches_tracked")
        let values = try ["weight", "bias", "running_mean", "running_var"].map {
            try tensor("\(name).\($0)", [channels]).values
        }
        return BatchNormalization(
            weight: values[0], bias: values[1], mean: values[2], variance: values[3], epsilon: epsilon)
    }

    /// `<name>.weight` (outputs x inputs) and `.bias` of a linear layer.
    public func linear(_ name: String, inputs: Int, outputs: Int) throws -> Linear {
        Linear(
            weights: try tensor("\(name).weight", [outputs, inputs]),
            bias: try tensor("\(name).bias", [outputs]).values)
    }

    /// The share of the tensors asked for that are there in the right shape.
    var fittingShare: Double {
        let asked = used.filter { !$0.hasSuffix(".num_batches_tracked") }.count
        return asked == 0 ? 0 : 1 - Double(missing.count + misshaped.count) / Double(asked)
    }

    /// Throws a `Problem` that names what was missing or mis-shaped. Returns the tensors that nothing asked for.
    @discardableResult
    public func finish(architecture: String) throws -> [String] {
        guard case .tensors(let tensors) = source else { return [] }
        guard missing.isEmpty, misshaped.isEmpty else {
            func list(_ items: [String]) -> String {
                items.prefix(5).joined(separator: "; ") + (items.count > 5 ? "; and \(items.count - 5) more" : "")
            }
            var parts: [String] = []
            if !misshaped.isEmpty { parts.append("Mis-shaped: \(list(misshaped)).") }
            if !missing.isEmpty { parts.append("Missing: \(list(missing)).") }
            let seen = tensors.names.prefix(4).map { "\($0) (\(tensors.shape(of: $0)?.description ?? "?"))" }
            if !missing.isEmpty { parts.append("The checkpoint begins with \(seen.joined(separator: ", ")).") }
            throw Problem(
                "The checkpoint does not fit \(architecture): tensors missing \(missing.count), mis-shaped \(misshaped.count)",
                explanation: parts.joined(separator: " "),
                remedy: "Name the right network with --architecture, or leave it out to have it recognised.")
        }
        return tensors.names.filter { !used.contains($0) }
    }
}
