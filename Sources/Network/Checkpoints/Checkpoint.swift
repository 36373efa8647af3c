import Diagnostics
public import Tensors

/// A file of named tensors: a trained network's weights, as PyTorch or safetensors stores them.
///
/// Reading one looks at its table of contents only; values are read when a tensor is asked for. The file stays mapped, so
/// a checkpoint needs little memory beyond the tensors taken from it. Nothing in the file is executed, whatever it says.
public struct Checkpoint: Sendable {
    public let path: String
    /// The file format: `PyTorch (zip)`, `PyTorch (legacy)`, `safetensors` or `ONNX`.
    public let format: String
    /// The keys under which the state dictionary stood, outermost first: `["state_dict"]`. Empty if it is the file's top
    /// level.
    public let nesting: [String]
    /// What stood before every name and is left out of `names`: `module.` from DataParallel. Empty if nothing did.
    public let prefix: String
    /// The file's own notes: the metadata of safetensors and ONNX, empty for other formats.
    public let metadata: [String: String]
    /// The tensors, in the file's order.
    public let entries: [TensorEntry]
    /// The graph that comes with the tensors; nil for other formats than ONNX.
    let model: ONNXModel?
    private let indices: [String: Int]

    init(
        path: String, format: String, nesting: [String] = [], metadata: [String: String] = [:], entries: [TensorEntry],
        model: ONNXModel? = nil
    ) {
        self.model = model
        self.path = path
        self.format = format
        self.nesting = nesting
        self.metadata = metadata
        prefix = NamePrefix.common(to: entries.map(\.name))
        let prefix = prefix
        self.entries = prefix.isEmpty ? entries : entries.map { TensorEntry($0, name: NamePrefix.remove(prefix, from: $0.name)) }
        indices = Dictionary(zip(self.entries.map(\.name), self.entries.indices), uniquingKeysWith: { $1 })
    }

    /// Files beside this one that hold some of its tensors, relative to its folder.
    public var companions: [String] { model?.externalFiles ?? [] }

    /// The names of the tensors, in the file's order, without `prefix`.
    public var names: [String] { entries.map(\.name) }

    /// The stored form of a tensor; nil if there is none of this name.
    public func entry(_ name: String) -> TensorEntry? { indices[name].map { entries[$0] } }

    /// A tensor's values as row-major float32, read from the file now. Integers beyond 2^24 and float64 values round to
    /// the nearest float32; booleans become 0 and 1.
    /// - Throws: `Problem` if there is no such tensor, its number format cannot be converted, or its stored bytes do not
    ///   match their checksum.
    public func tensor(_ name: String) throws -> Tensor {
        guard let entry = entry(name) else {
            let near = nearestNames(to: name, among: names).map { "'\(printable($0))'" }.joined(separator: ", ")
            throw Problem(
                "'\(path)' has no tensor '\(printable(name))'",
                explanation: near.isEmpty ? "It holds \(entries.count) tensors of other names." : "Names that come near: \(near)."
            )
        }
        return try entry.values()
    }

    /// The names of the tensors with a NaN or infinite value, in the file's order. Reads every tensor once.
    /// - Throws: `Problem` if a tensor's stored bytes do not match their checksum.
    public func nonFiniteTensors() throws -> [String] {
        try entries.filter { try $0.hasNonFiniteValue() }.map(\.name)
    }
}
