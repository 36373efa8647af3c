import Diagnostics
public import Tensors

/// The tensors of a network that training leaves as they are: those that are made into others before anything is computed with them, such as
/// positions for another grid, and indices that can be worked out. A file of weights needs them besides what is learned.
public struct FixedTensors: Sendable {
    /// Named as in a checkpoint; none where the learned values alone make the network.
    public let tensors: [(String, Tensor)]
    /// How checkpoints shape learned tensors that are computed with in another shape: matrices that are 1 x 1 convolutions here.
    private let shapes: [String: Shape]
    /// How many tensors learn.
    private let learned: Int
    /// Of `tensors`, those that the network computes with.
    private let values: [String]

    /// Those of `network`, which `source` makes.
    ///
    /// - Throws: A usage `Problem` when the network could not be read back from what is learned and these.
    public init(of network: ImageNetwork, in source: any TensorSource) throws {
        let plain = TemplateTensors(source).rest, values: any TensorSource = RespelledTensors(plain) ?? plain
        var shapes: [String: Shape] = [:], names: [String] = [], others: [String: Shape] = [:]
        for node in network.graph.nodes {
            for tensor in (node.operation as? any TrainableOperation)?.learned ?? [] {
                let name = tensor.name(in: node.name)
                names.append(name)
                let own = tensor.tensor.shape, other = values.shape(of: name)
                func extents(_ shape: Shape) -> [Int] { shape.dimensions.filter { $0 != 1 } }
                if let other, other != own, extents(other) == extents(own) { others[name] = other }
                shapes[name] = others[name] ?? own
            }
        }
        (learned, self.shapes) = (names.count, others)
        // A graph of its own, such as an ONNX model, has no architecture to be read back by.
        guard let architecture = try? Architectures.named(network.architecture) else {
            (tensors, self.values) = ([], [])
            return
        }
        let suffices = architecture.fits(TemplateTensors(Listing(names: names, shapes: shapes)).rest)
        let fixed = values.names.filter { shapes[$0] == nil && !$0.hasSuffix("num_batches_tracked") }
        for name in fixed { shapes[name] = values.shape(of: name) }
        let all = Parameters(shapesOf: TemplateTensors(Listing(names: names + fixed, shapes: shapes)).rest)
        var kept: [String] = []
        do {
            _ = try architecture.build(all)
            let unused = Set(try all.finish(architecture: architecture.name)), lost = names.filter(unused.contains)
            guard lost.isEmpty else {
                throw Problem("\(lost.count) of what it learns are parts of tensors there, or joined from several: \(lost.listed(first: 3))")
            }
            kept = fixed.filter { !unused.contains($0) }
        } catch let problem as Problem where !suffices {
            throw Problem(
                "\(network.displayName) cannot be trained here: what would be written could not be read back", explanation: problem.summary,
                remedy: "Choose another architecture.", kind: .usage)
        } catch is Problem {
            // What is learned is a file by itself.
        }
        tensors = try kept.map { ($0, try values.tensor($0)) }
        self.values = kept.filter { !all.passedOver.contains($0) }
    }

    /// A file's tensors: `learned` as checkpoints shape them, and these.
    public func joined(to learned: [(String, Tensor)]) -> [(String, Tensor)] {
        learned.map { name, tensor in (name, shapes[name].map { tensor.reshaped(to: $0) } ?? tensor) } + tensors
    }

    /// What to say of them; nil where there are none.
    public var remark: String? {
        guard !values.isEmpty else { return nil }
        return "\(values.count) of \(learned + values.count) tensors do not learn, and stay as they are: \(values.listed(first: 3))"
    }

    /// Names and shapes of what a file would hold.
    private struct Listing: TensorSource {
        let names: [String]
        let shapes: [String: Shape]

        func shape(of name: String) -> Shape? { shapes[name] }
        func tensor(_ name: String) throws -> Tensor { Tensor(zeros: shapes[name] ?? [0]) }
    }
}
