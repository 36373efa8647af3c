import ArgumentParser
import Diagnostics
import Foundation
import Network
import Run

/// The checkpoint a command works on, and how to read it.
struct CheckpointArguments: ParsableArguments {
    @Argument(help: "The checkpoint: PyTorch (.pt, .pth, .th) or safetensors. A pickle in it is read, never run.")
    var checkpoint: String

    @Option(name: .shortAndLong, help: "The network, such as resnet50 or cifar_resnet20. Left out, it is recognised from the tensors.")
    var architecture: String?

    /// The network with the checkpoint's values.
    func load() throws -> (checkpoint: Checkpoint, network: ImageNetwork) {
        let checkpoint = try Checkpoint.read(path: self.checkpoint)
        return (checkpoint, try Architectures.network(checkpoint, architecture: architecture))
    }
}

extension ImageNetwork {
    /// One line on standard error when weights are not numbers.
    func warnOfNonFiniteTensors() {
        guard !nonFiniteTensors.isEmpty else { return }
        StandardError.write("Warning: the checkpoint holds NaN or infinity in \(nonFiniteTensors.joined(separator: ", "))\n")
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
