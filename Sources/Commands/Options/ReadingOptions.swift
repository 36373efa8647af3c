import ArgumentParser
import Diagnostics
import Network

/// A network's part in a command, which its options are named after.
protocol NetworkRole {
    /// Before the options' names: `teacher-` for `--teacher-architecture`.
    static var prefix: String { get }
    /// As help calls it.
    static var network: String { get }
    /// The letter for `--architecture`.
    static var letter: Character? { get }
}

extension NetworkRole {
    static var letter: Character? { nil }
}

/// The network that a command is about.
enum MainNetwork: NetworkRole {
    static let prefix = "", network = "the network"
    static let letter: Character? = "a"
}

enum TeacherNetwork: NetworkRole {
    static let prefix = "teacher-", network = "the teacher's network"
}

enum JudgeNetwork: NetworkRole {
    static let prefix = "judge-", network = "the judge's network"
}

/// How a checkpoint is read, whichever network of a command it is: the next option of this kind is there for all of them.
struct ReadingOptions<Role: NetworkRole>: ParsableArguments {
    @Option(
        name: Self.name("architecture", letter: Role.letter),
        help: "What \(Role.network) is, such as resnet50 or cifar_resnet20. Left out, it is recognised from the tensors.")
    var architecture: String?

    @Option(
        name: Self.name("input-size"), parsing: .unconditional,
        help: "Height and width of the images of \(Role.network), where it is an ONNX model that leaves them open; 224 by default.")
    var inputSize: Int?

    @Option(
        name: Self.name("prefix"),
        help: "What stands before the names of the tensors of \(Role.network), such as module.student, where a file holds several networks.")
    var prefix: String?

    /// Throws a usage `Problem` for a value that makes no sense.
    func check() throws { try require(inputSize, "--\(Role.prefix)input-size", in: 1...4096) }

    /// The first of these options that was given.
    var given: String? {
        let given = [("architecture", architecture != nil), ("input-size", inputSize != nil), ("prefix", prefix != nil)]
        return given.first(where: \.1).map { "--\(Role.prefix)\($0.0)" }
    }

    /// The checkpoint at `path`; of several networks in it the one that was chosen.
    func checkpoint(at path: String) throws -> Checkpoint {
        try Checkpoint.read(path: path, prefix: prefix, architecture: architecture)
    }

    /// The network with the values of `checkpoint`.
    func network(of checkpoint: Checkpoint) throws -> ImageNetwork {
        try check()
        return try Architectures.network(checkpoint, architecture: architecture, inputSize: inputSize.map { [$0, $0] })
    }

    /// As options that a training depends on: what was given, but for the architecture, which the network tells.
    var recorded: [(name: String, value: String)] {
        [("\(Role.prefix)input-size", inputSize.map { "\($0)" }), ("\(Role.prefix)prefix", prefix)]
            .compactMap { name, value in value.map { (name, $0) } }
    }

    private static func name(_ name: String, letter: Character? = nil) -> NameSpecification {
        NameSpecification([NameSpecification.Element.customLong(Role.prefix + name)] + (letter.map { [.customShort($0)] } ?? []))
    }
}

extension ImageNetwork {
    /// Lines on standard error when weights are not numbers, about what was assumed in reading and what was not used, and when the network
    /// may be another with the same tensors.
    func writeWarnings() {
        if !nonFiniteTensors.isEmpty {
            StandardError.write("Warning: the checkpoint holds NaN or infinity in \(nonFiniteTensors.joined(separator: ", "))\n")
        }
        for remark in remarks { StandardError.write("\(remark)\n") }
        if let unusedSummary { StandardError.write("Not used: \(unusedSummary)\n") }
        if let alternativesRemark { StandardError.write("Read as \(architecture). \(alternativesRemark)\n") }
    }

    /// Which other networks the tensors would make; nil when there is none.
    var alternativesRemark: String? {
        guard !alternatives.isEmpty else { return nil }
        return "The tensors would fit \(alternatives.joined(separator: ", ")) as well: name it with --architecture if it is that"
    }
}
