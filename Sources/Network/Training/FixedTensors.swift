import Diagnostics
public import Tensors

/// The tensors of a network that training leaves as they are: those of operations that do not learn, such as layer normalisation. A file of
/// weights needs them besides what is learned.
public struct FixedTensors: Sendable {
    /// Named as in a checkpoint; none where the learned values alone make the network.
    public let tensors: [(String, Tensor)]
    /// How checkpoints shape learned tensors that are computed with in another shape: matrices that are 1 x 1 convolutions here.
    private let shapes: [String: Shape]
    /// How many tensors learn.
    private let learned: Int

    /// Those of `network`, which `source` makes.
    ///
    /// - Throws: A usage `Problem` when the network could not be read back from what is learned and these.
    public init(of network: ImageNetwork, in source: any TensorSource) throws {
        let plain = TemplateTensors(source).rest, values: any TensorSource = RespelledTensors(plain) ?? plain
        var shapes: [String: Shape] = [:], names: [String] = [], others: [String: Shape] = [:]
        for node in network.graph.nodes {
            for tensor in (node.operation as? any TrainableOperation)?.learned ?? [] {
                let name = "\(node.name).\(tensor.suffix)"
                names.append(name)
                let own = tensor.tensor.shape, other = values.shape(of: name)
                func extents(_ shape: Shape) -> [Int] { shape.dimensions.filter { $0 != 1 } }
                if let other, other != own, extents(other) == extents(own) { others[name] = other }
                shapes[name] = others[name] ?? own
            }
        }
        (learned, self.shapes) = (names.count, others)
        // A graph of its own, such as an ONNX model, has no architecture to be read back by.
        guard let architecture = try? Architectures.named(network.architecture),
            !architecture.fits(TemplateTensors(Listing(names: names, shapes: shapes)).rest)
        else {
            tensors = []
            return
        }
        let fixed = values.names.filter { shapes[$0] == nil && !$0.hasSuffix("num_batches_tracked") }
        for name in fixed { shapes[name] = values.shape(of: name) }
        let all = Parameters(shapesOf: TemplateTensors(Listing(names: names + fixed, shapes: shapes)).rest)
        do {
            _ = try architecture.build(all)
            let unused = Set(try all.finish(architecture: architecture.name))
            tensors = try fixed.filter { !unused.contains($0) }.map { ($0, try values.tensor($0)) }
        } catch let problem as Problem {
            throw Problem(
                "\(network.displayName) cannot be trained here: what would be written could not be read back", explanation: problem.summary,
                remedy: "Choose another architecture.", kind: .usage)
        }
    }

    /// A file's tensors: `learned` as checkpoints shape them, and these.
    public func joined(to learned: [(String, Tensor)]) -> [(String, Tensor)] {
        learned.map { name, tensor in (name, shapes[name].map { tensor.reshaped(to: $0) } ?? tensor) } + tensors
    }

    /// What to say of them; nil where there are none.
    public var remark: String? {
        guard !tensors.isEmpty else { return nil }
        return "\(tensors.count) of \(learned + tensors.count) tensors do not learn, and stay as they are (\(tensors.map(\.0).listed(first: 3))): "
            + "convolutions, linear layers and batch normalisation do"
    }

    /// Names and shapes of what a file would hold.
    private struct Listing: TensorSource {
        let names: [String]
        let shapes: [String: Shape]

        func shape(of name: String) -> Shape? { shapes[name] }
        func tensor(_ name: String) throws -> Tensor { Tensor(zeros: shapes[name] ?? [0]) }
    }
}
