import Diagnostics
import Foundation
public import Tensors

/// A file of named tensors: a trained network's weights, as PyTorch or safetensors stores them.
///
/// Reading one looks at its table of contents only; values are read when a tensor is asked for. The file stays mapped, so
/// a checkpoint needs little memory beyond the tensors taken from it. Nothing in the file is executed, whatever it says.
///
/// From the file to a network's tensors it goes in three steps: the format's reader lists what is stored (`CheckpointContents`),
/// tensors that are stored in parts are put together (`ComputedTensors`), and the network is found among all names (`CheckpointNames`).
public struct Checkpoint: Sendable {
    public let path: String
    /// The file format: `PyTorch (zip)`, `PyTorch (legacy)`, `PyTorch (unpacked)`, `safetensors`, either of them `in 2 shards`, or `ONNX`.
    public let format: String
    /// The keys under which the state dictionary stood, outermost first: `["state_dict"]`. Empty if it is the file's top
    /// level.
    public let nesting: [String]
    /// What stood before every name and is left out of `names`: `module.` from DataParallel. Empty if nothing did.
    public let prefix: String
    /// The class of the module that the file holds whole, where it does: `torchvision.models.resnet.ResNet`.
    public let moduleClass: String?
    /// The file's own notes: safetensors' and ONNX's metadata, empty for other formats.
    public let metadata: [String: String]
    /// What stands in `config.json` beside the file; nil where there is none.
    public let configuration: NetworkConfiguration?
    /// Files beside this one that hold some of its tensors, relative to its folder.
    public let companions: [String]
    /// The known networks among the file's tensors, when none was chosen and none is plainly the one that is meant; then
    /// `Architectures.network` asks. Otherwise the one that was taken, or none.
    public let candidates: [NetworkCandidate]
    /// Whole names of tensors that are not below `prefix`.
    public let outside: [String]
    /// What was assumed in reading, as sentences for a person.
    public let remarks: [String]
    /// The graph that comes with the tensors; nil for formats that have none.
    let model: ONNXModel?
    /// True where the file holds a whole network, not only its tensors.
    public var bringsNetwork: Bool { model != nil }
    private let tensors: [CheckpointTensor]
    private let indices: [String: Int]

    /// - Throws: `Problem` if there are no tensors below `prefix`, or it is not clear which of several dictionaries is meant.
    init(path: String, _ contents: CheckpointContents, prefix: String?, architecture: String?) throws {
        self.path = path
        configuration = contents.model == nil ? NetworkConfiguration.beside(path) : nil
        format = contents.format
        nesting = contents.nesting
        moduleClass = contents.moduleClass.map(printable)
        metadata = contents.metadata
        companions = contents.companions
        model = contents.model
        // A graph computes what it needs by itself.
        let tensors = model == nil ? ComputedTensors.assembled(contents.entries) : contents.entries.map { CheckpointTensor($0) }
        let names = try CheckpointNames(
            tensors.map { ($0.name, $0.shape) }, path: path, prefix: prefix, architecture: try? architecture.map(Architectures.named),
            isGraph: contents.model != nil)
        if prefix == nil, names.candidates.isEmpty, let ambiguity = contents.ambiguity { throw ambiguity }
        self.prefix = names.prefix
        candidates = names.candidates
        outside = names.outside
        remarks = contents.remarks + names.remarks
        self.tensors = zip(tensors, names.names).compactMap { tensor, name in name.map { $0 == tensor.name ? tensor : tensor.renamed($0) } }
        indices = Dictionary(zip(self.tensors.map(\.name), self.tensors.indices), uniquingKeysWith: { $1 })
    }

    /// The folder in which the weights lie, where other files may tell more about the network.
    public var folder: String { PathText.folder(of: path) }

    /// The names of the tensors, in the file's order, without `prefix`.
    public var names: [String] { tensors.map(\.name) }

    /// The stored form of a tensor; nil if there is none of this name, or it is computed from others.
    public func entry(_ name: String) -> TensorEntry? { indices[name].flatMap { tensors[$0].entry } }

    /// The ways in which tensors are computed from others, with the number of those tensors.
    public var formulas: [(formula: String, count: Int)] {
        var counts: [(formula: String, count: Int)] = [], places: [String: Int] = [:]
        for formula in tensors.compactMap({ $0.computed?.formula }) {
            if let place = places[formula] {
                counts[place].count += 1
            } else {
                places[formula] = counts.count
                counts.append((printable(formula), 1))
            }
        }
        return counts
    }

    /// A tensor's values as row-major float32, read from the file now. Integers beyond 2^24 and float64 values round to
    /// the nearest float32; booleans become 0 and 1.
    /// - Throws: `Problem` if there is no such tensor, its number format cannot be converted, or its stored bytes do not
    ///   match their checksum.
    public func tensor(_ name: String) throws -> Tensor {
        guard let index = indices[name] else {
            let near = nearestNames(to: name, among: names).map { "'\(printable($0))'" }.joined(separator: ", ")
            throw Problem(
                "'\(path)' has no tensor '\(printable(name))'",
                explanation: near.isEmpty ? "It holds \(tensors.count) tensors of other names." : "Names that come near: \(near)."
            )
        }
        return try tensors[index].values()
    }

    /// The names of the tensors with a NaN or infinite value, in the file's order. Reads every tensor once.
    /// - Throws: `Problem` if a tensor's stored bytes do not match their checksum.
    public func nonFiniteTensors() throws -> [String] {
        try tensors.filter { try $0.hasNonFiniteValue() }.map(\.name)
    }
}

extension Checkpoint: TensorSource {
    public func shape(of name: String) -> Shape? { indices[name].map { tensors[$0].shape } }
}
