import Diagnostics
public import Tensors

/// Values for a network that nobody has trained yet, or for the classifier of one that was trained for other classes.
///
/// Convolutions are drawn from N(0, 2 / fan_out) (He et al. 2015), linear layers and their biases evenly from within 1 / sqrt(fan_in),
/// PyTorch's default; normalisations begin as identities, other biases at zero. What a residual branch is scaled by begins at 1e-6, and
/// ConvNeXt V2's response normalisation at zero, as published; tokens, positions and tables of position biases are drawn from N(0, 0.02^2).
/// A tensor's values depend on nothing but the seed and its name.
public struct InitialValues: TensorSource {
    public let names: [String]
    /// Of tensors that are drawn.
    private let shapes: [String: Shape]
    /// Those that are not: they follow from the network.
    private let derived: [String: Tensor]
    /// Where the others come from.
    private let trained: (any TensorSource)?
    private let seed: UInt64

    /// How tensors end that scale what a residual branch adds (Liu et al. 2022).
    private static let layerScales = [".layer_scale", ".gamma", ".gamma_1", ".gamma_2", ".lambda1", ".lambda_1", ".lambda_2"]

    /// All tensors of an architecture for a number of classes. Throws a `Problem` when there is no architecture of that name.
    public init(architecture name: String, classes: Int, seed: UInt64) throws {
        let architecture = try Architectures.named(name)
        let outline = Parameters()
        let network = try architecture.build(outline)
        // The classifier comes last.
        let head = outline.asked.last { $0.shape.rank > 1 && $0.shape[0] == network.classCount }?.name.dropLast("weight".count)
        guard let head else {
            throw Problem("\(network.displayName) has no classifier that could be made for \(classes) classes", kind: .usage)
        }
        shapes = Dictionary(
            outline.asked.map { name, shape in
                let isHead = name == head + "weight" || name == head + "bias"
                return (name, isHead ? Shape([classes] + shape.dimensions.dropFirst()) : shape)
            }, uniquingKeysWith: { first, _ in first })
        derived = Dictionary(outline.derived.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
        names = outline.asked.map(\.name) + outline.derived.map(\.name)
        trained = nil
        self.seed = seed
    }

    /// The tensors of `trained`, which make `network`, with a classifier for other classes. Throws a `Problem` when its classifier is
    /// none that could be replaced.
    public init(classifierOf network: ImageNetwork, from trained: any TensorSource, classes: Int, seed: UInt64) throws {
        shapes = Dictionary(
            uniqueKeysWithValues: ["weight", "bias"].compactMap { part in
                let name = "\(network.head.module).\(part)"
                return trained.shape(of: name).map { (name, Shape([classes] + $0.dimensions.dropFirst())) }
            })
        guard !shapes.isEmpty else {
            throw Problem(
                "The classifier of \(network.displayName) cannot be replaced by one for \(classes) classes",
                remedy: "Train on images of its own \(network.classCount) classes.", kind: .usage)
        }
        derived = [:]
        names = trained.names
        self.trained = trained
        self.seed = seed
    }

    /// The tensors of `trained`, of which `network` is made that has no classifier, with the one of its architecture; what else is missing
    /// of a head begins anew as well. Throws a `Problem` when its body is none of which the architecture's head is known.
    public init(classifierBehind network: ImageNetwork, from trained: any TensorSource, classes: Int, seed: UInt64) throws {
        let whole = try InitialValues(architecture: network.architecture, classes: classes, seed: seed), module = network.head.module
        let anew = whole.names.filter { trained.shape(of: $0) == nil || $0 == "\(module).weight" || $0 == "\(module).bias" }
        let isWhole = whole.names.allSatisfy { anew.contains($0) || trained.shape(of: $0) == whole.shape(of: $0) }
        guard isWhole, anew.contains("\(module).weight") else {
            throw Problem(
                "\(network.displayName) has no classifier, and none can be begun behind it",
                explanation: "Only behind the body of \(network.architecture) as it is usually made, it is known what its classifier is like.",
                remedy: "Train from a checkpoint with a classifier, of any classes.", kind: .usage)
        }
        shapes = whole.shapes.filter { anew.contains($0.key) }
        derived = whole.derived.filter { anew.contains($0.key) }
        names = trained.names + anew.filter { trained.shape(of: $0) == nil }
        self.trained = trained
        self.seed = seed
    }

    public func shape(of name: String) -> Shape? { shapes[name] ?? derived[name]?.shape ?? trained?.shape(of: name) }

    public func tensor(_ name: String) throws -> Tensor {
        if let tensor = derived[name] { return tensor }
        guard let shape = shapes[name] else {
            guard let trained else { throw Problem("There is no tensor \(name)") }
            return try trained.tensor(name)
        }
        var random = RandomSource(seed: seed, stream: "initial/\(name)")
        func even(_ fanIn: Int) -> [Float] {
            let bound = 1 / Float(max(1, fanIn)).squareRoot()
            return (0..<shape.count).map { _ in bound * (2 * random.uniform() - 1) }
        }
        func small() -> [Float] { (0..<shape.count).map { _ in 0.02 * random.normal() } }
        func constant(_ value: Float) -> [Float] { Array(repeating: value, count: shape.count) }
        let values: [Float]
        switch shape.rank {
        case _ where Self.layerScales.contains { name.hasSuffix($0) }: values = constant(1e-6)
        case 1 where name.contains(".grn."): values = constant(0)
        case 2 where name.hasSuffix("_bias_table"): values = small()
        case 4:
            let deviation = (2 / Float(max(1, shape[0] * shape[2] * shape[3]))).squareRoot()
            values = (0..<shape.count).map { _ in deviation * random.normal() }
        case 2: values = even(shape[1])
        case 1 where name.hasSuffix("bias"):
            let weight = shapes[name.dropLast("bias".count) + "weight"]
            values = weight?.rank == 2 ? even(weight?[1] ?? 1) : constant(0)
        case 1 where name.hasSuffix("running_mean"): values = constant(0)
        case 1: values = constant(1)
        default:
            // Tokens and their places (Dosovitskiy et al. 2021).
            values = small()
        }
        return Tensor(shape: shape, values: values)
    }
}
