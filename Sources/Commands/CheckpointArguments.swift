import ArgumentParser
import Diagnostics
import Foundation
import Network
import Run

/// The checkpoint a command works on, and how to read it.
struct CheckpointArguments: ParsableArguments {
    @Argument(help: "The checkpoint: PyTorch (.pt, .pth, .th), safetensors or ONNX. A pickle in it is read, never run.")
    var checkpoint: String

    @Option(name: .shortAndLong, help: "The network, such as resnet50 or cifar_resnet20. Left out, it is recognised from the tensors.")
    var architecture: String?

    @Option(
        parsing: .unconditional,
        help: "Height and width of the images of an ONNX model that leaves them open. Left out, they are found out or assumed, and told.")
    var inputSize: Int?

    @Option(help: "The output of an ONNX model that has the scores of classes. Left out, it is chosen, and told.")
    var output: String?

    /// The network with the checkpoint's values.
    func load() throws -> (checkpoint: Checkpoint, network: ImageNetwork) {
        guard inputSize.map({ (1...4096).contains($0) }) ?? true else {
            throw Problem("--input-size takes a number from 1 to 4096", kind: .usage)
        }
        let checkpoint = try Checkpoint.read(path: self.checkpoint)
        let network = try Architectures.network(
            checkpoint, architecture: architecture, inputSize: inputSize.map { [$0, $0] }, output: output)
        return (checkpoint, network)
    }
}

extension ImageNetwork {
    /// Lines on standard error: what was assumed of it, that weights are not numbers, that it may be another with the same tensors.
    func writeWarnings() {
        for remark in remarks { StandardError.write("\(remark)\n") }
        if !nonFiniteTensors.isEmpty {
            StandardError.write("Warning: the checkpoint holds NaN or infinity in \(nonFiniteTensors.joined(separator: ", "))\n")
        }
        if let alternativesRemark { StandardError.write("Read as \(architecture). \(alternativesRemark)\n") }
    }

    /// Which other networks the tensors would make; nil when there is none.
    var alternativesRemark: String? {
        guard !alternatives.isEmpty else { return nil }
        return "The tensors would fit \(alternatives.joined(separator: ", ")) as well: name it with --architecture if it is that"
    }
}

/// Options of every command that computes.
struct ComputeOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "Threads; as many as there are processors by default.")
    var threads: Int?

    @Flag(name: .shortAndLong, help: "No progress on standard error.")
    var quiet = false

    func threadCount() throws -> Int {
        let count = threads ?? ProcessInfo.processInfo.activeProcessorCount
        guard (1...256).contains(count) else { throw Problem("--threads takes a number from 1 to 256", kind: .usage) }
        return count
    }
}
