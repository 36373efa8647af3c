import ArgumentParser
import Diagnostics
import Foundation
import Network

/// A network's part in a command, which its options are named after.
protocol NetworkRole {
    /// Before the options' names: `teacher-` for `--teacher-architecture`.
    static var prefix: String { get }
    /// As help calls it.
    static var network: String { get }
    /// As the first word of what is said about it, with whose it is: nil for the main one.
    static var owner: String? { get }
    /// The letter for `--architecture`.
    static var letter: Character? { get }
}

extension NetworkRole {
    static var letter: Character? { nil }

    /// A text that names options of the main network, as whoever reads networks knows them, with the options of this one.
    static func renamed(_ text: String) -> String {
        guard !prefix.isEmpty else { return text }
        return text.replacing(/--(architecture|input-size|preprocessing|prefix|output)\b/) { "--\(prefix)\($0.1)" }
    }
}

/// The network that a command is about.
enum MainNetwork: NetworkRole {
    static let prefix = "", network = "the network", owner: String? = nil
    static let letter: Character? = "a"
}

enum TeacherNetwork: NetworkRole {
    static let prefix = "teacher-", network = "the teacher's network", owner: String? = "The teacher"
}

enum JudgeNetwork: NetworkRole {
    static let prefix = "judge-", network = "the judge's network", owner: String? = "The judge"
}

enum EncoderNetwork: NetworkRole {
    static let prefix = "encoder-", network = "the encoder of images", owner: String? = "The encoder of images"
}

/// How a checkpoint is read, whichever network of a command it is: the next option of this kind is there for all of them.
struct ReadingOptions<Role: NetworkRole>: ParsableArguments {
    @Option(
        name: Self.name("architecture", letter: Role.letter),
        help: "The architecture of \(Role.network), such as resnet50 or cifar_resnet20. By default it is recognised from the tensors.")
    var architecture: String?

    @Option(
        name: Self.name("input-size"), parsing: .unconditional,
        help: """
            The size of the images of \(Role.network): a side such as 224, or height x width such as 48x192. Left out, it is what the graph, a file \
            or the network's family says, else 224.
            """)
    var inputSize: String?

    @Option(
        name: Self.name("preprocessing"),
        help: """
            The preprocessing for \(Role.network): a file such as preprocessor_config.json, or values such as \
            "mean=0.5,0.5,0.5 std=0.5 resize=256 input-size=224".
            """)
    var preprocessing: String?

    @Option(
        name: Self.name("prefix"),
        help: "The prefix of the tensor names of \(Role.network), such as module.student, where a file holds several networks.")
    var prefix: String?

    @Option(
        name: Self.name("output"),
        help: "The output of an ONNX model that has the classes of \(Role.network). By default it is chosen, and reported where there are several.")
    var output: String?

    /// The first of these options that was given.
    var given: String? {
        let given = [
            ("architecture", architecture), ("input-size", inputSize), ("preprocessing", preprocessing), ("prefix", prefix), ("output", output),
        ]
        return given.first { $0.1 != nil }.map { "--\(Role.prefix)\($0.0)" }
    }

    /// The checkpoint at `path`; of several networks in it the one that was chosen.
    func checkpoint(at path: String) throws -> Checkpoint {
        try named { try Checkpoint.read(path: path, prefix: prefix, architecture: architecture) }
    }

    /// The network with the values of `checkpoint`; `parts` are told of its preprocessing part by part, and `known` before all that.
    func network(of checkpoint: Checkpoint, _ parts: PreprocessingOptions? = nil, besides known: ImageNetwork.Input.Stated? = nil) throws -> ImageNetwork {
        try named {
            try Architectures.network(checkpoint, architecture: architecture, output: output, told: [known].compactMap { $0 } + told(parts))
        }
    }

    /// What `read` gives, with problems in the words of this role.
    private func named<Result>(_ read: () throws -> Result) throws -> Result {
        do { return try read() } catch let problem as Problem {
            throw Problem(
                Role.renamed(problem.summary), explanation: problem.explanation.map(Role.renamed), remedy: problem.remedy.map(Role.renamed),
                kind: problem.kind)
        }
    }

    /// What is told of the preprocessing: by a file, by one line of values, part by part; what comes later goes first. Throws a usage
    /// `Problem` for what makes no sense.
    func told(_ parts: PreprocessingOptions? = nil) throws -> [ImageNetwork.Input.Stated] {
        var told: [ImageNetwork.Input.Stated] = []
        if let preprocessing {
            let option = "--\(Role.prefix)preprocessing"
            if preprocessing.contains("="), !FileManager.default.fileExists(atPath: preprocessing) {
                told.append(try .init(.told, text: preprocessing, name: option))
            } else if let file = ModelConfiguration(file: preprocessing), !file.stated.isEmpty {
                told += file.stated
            } else {
                throw Problem(
                    "\(preprocessing) says nothing of preprocessing that is understood",
                    explanation: "A preprocessor_config.json of transformers or a config.json of timm was expected.",
                    remedy: "Name such a file, or write values: \(option) \"mean=0.5,0.5,0.5 std=0.5\".", kind: .usage)
            }
        }
        var last = try parts?.stated() ?? .init(.told)
        if let inputSize { try last.set(.size, inputSize, option: "--\(Role.prefix)input-size") }
        if !last.isEmpty { told.append(last) }
        return told
    }

    private static func name(_ name: String, letter: Character? = nil) -> NameSpecification {
        NameSpecification([NameSpecification.Element.customLong(Role.prefix + name)] + (letter.map { [.customShort($0)] } ?? []))
    }
}

extension ImageNetwork {
    /// Lines on standard error when weights are not numbers, about what was assumed in reading and what was not used, and when the network
    /// may be another with the same tensors; options are named as those of `role`.
    func writeWarnings(as role: any NetworkRole.Type = MainNetwork.self) {
        func write(_ line: String) { StandardError.write((role.owner.map { "\($0): " } ?? "") + role.renamed(line) + "\n") }
        if !nonFiniteTensors.isEmpty {
            let whose = role.owner == nil ? "the checkpoint" : "the checkpoint of \(role.network)"
            StandardError.write("Warning: \(whose) holds NaN or infinity in \(nonFiniteTensors.joined(separator: ", "))\n")
        }
        if let unusedSummary { write("Not used: \(unusedSummary)") }
        if let absence = head.absence { write("There are no classes: \(absence)") } else if let remark = head.remark { write("Head: \(remark)") }
        for remark in preprocessingRemarks { write(remark) }
        if let alternativesRemark { write("Read as \(architecture). \(alternativesRemark)") }
    }

    /// Which other networks the tensors would make; nil when there is none.
    var alternativesRemark: String? {
        guard !alternatives.isEmpty else { return nil }
        return "The tensors would fit \(alternatives.joined(separator: ", ")) as well: name it with --architecture if it is that"
    }
}
