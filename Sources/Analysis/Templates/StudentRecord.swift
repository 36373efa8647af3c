import Diagnostics
public import Network
public import Run
import Tensors

/// What a student's checkpoint records of its templates and of the training that made them.
public struct StudentRecord: Sendable {
    /// A layer that matches templates.
    struct Layer: Sendable {
        var description: TemplateDescription
        /// Where its templates come from; nil where no teacher taught them.
        var teacher: TeacherRecord?
        /// Which templates the teacher confuses, count x count.
        var scoreMatrix: Tensor?
    }

    /// In the order of the graph.
    let layers: [Layer]
    /// As the checkpoint names it, such as `letkd-2`.
    let method: String?
    /// The teacher that the checkpoint names.
    public let teacher: Distillation.Teacher?
    let options: [Distillation.Option]

    /// - Throws: `Problem` when tensors of the record do not fit the network's templates.
    public init(of network: ImageNetwork, in checkpoint: Checkpoint) throws {
        try self.init(of: network, tensors: checkpoint, metadata: checkpoint.metadata)
    }

    init(of network: ImageNetwork, tensors: any TensorSource, metadata: [String: String]) throws {
        layers = try network.templates.map {
            Layer(
                description: $0, teacher: try TeacherRecord(of: $0, in: tensors, metadata: metadata),
                scoreMatrix: try TeacherRecord.scoreMatrix(of: $0, in: tensors))
        }
        method = metadata["method"].map(Self.shortened)
        teacher = metadata["teacher"].map { file in
            let architecture = metadata["teacher_architecture"] ?? ""
            return Distillation.Teacher(
                architecture: Self.shortened(architecture), displayName: Self.shortened(Self.name(of: file, architecture)),
                fileName: Self.shortened(file), sha256: metadata["teacher_sha256"].map(Self.shortened))
        }
        options = Self.options(metadata["options"] ?? "")
    }

    /// What a teacher is called on pages: as its architecture, or an ONNX model as its file.
    private static func name(of file: String, _ architecture: String) -> String {
        if architecture == "onnx" { return String(file[..<(file.lastIndex(of: ".") ?? file.endIndex)]) }
        if architecture.isEmpty { return "a network" }
        return (try? Architectures.named(architecture).displayName) ?? architecture
    }

    /// Notes are anything: as much of one as a page has room for.
    private static func shortened(_ text: String) -> String { String(text.prefix(200)) }

    /// `epochs=12 images=3000 images in 10 folders` as two options: a name is of small letters and hyphens, a value may hold spaces.
    private static func options(_ text: String) -> [Distillation.Option] {
        var options: [Distillation.Option] = []
        for word in text.prefix(10_000).split(separator: " ", omittingEmptySubsequences: false) {
            let name = word.prefix { $0 != "=" }
            let isOption = name.count < word.count && !name.isEmpty
                && name.allSatisfy { $0 == "-" || ($0.isASCII && $0.isLetter && $0.isLowercase) }
            if isOption {
                options.append(.init(name: String(name), value: shortened(String(word.dropFirst(name.count + 1)))))
            } else if let last = options.indices.last {
                options[last].value += " \(word)"
            }
        }
        return Array(options.prefix(100))
    }
}
