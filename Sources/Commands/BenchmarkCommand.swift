public import Analysis
public import ArgumentParser
import Dataset
import Diagnostics
import Foundation
import Network
import Tensors

struct BenchmarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Times one step of the work after warm-up.",
        discussion: """
            forward: a batch through the network. gradient: forward, and the gradient of a logit back to the image. learning: forward, \
            and the gradients of all learned values. prototype: one \
            step of class prototypes (roll, forward, sort matching, backward, Adam), references sorted once beforehand. sweep: one pass \
            over --images with the statistics and the 50 strongest images of all units of --layers.
            """)

    @Argument(help: "A checkpoint; or name a network with --architecture and random weights are used.")
    var checkpoint: String?
    @Option(name: .shortAndLong, help: "The network.") var architecture: String?
    @Option(help: "forward, gradient, learning, prototype, inner or sweep.") var what: Benchmark.Work = .gradient
    @Option(parsing: .unconditional, help: "Images at once.") var batch = 1
    @Option(parsing: .unconditional, help: "Height and width of the images; the network's own by default.") var resolution: Int?
    @Option(parsing: .unconditional, help: "Threads; as many as there are processors by default.") var threads: Int?
    @Option(parsing: .unconditional, help: "Timed runs at most.") var runs = 50
    @Option(help: "A folder of images, for a sweep.") var images: String?
    @Option(help: "Layers of a sweep, separated by commas; those of a report by default.") var layers: String?
    @Flag(inversion: .prefixedNo, help: "Compute convolutions by Winograd's way where that is faster.") var winograd = true
    @Option(help: "What convolutions multiply: float32 or bfloat16.") var precision: Precision = .float32
    @Flag(help: "JSON on standard output.") var json = false

    func run() throws {
        try precision.checkSupport()
        guard batch > 0, batch <= 4096, runs > 0, resolution.map({ $0 > 0 && $0 <= 4096 }) ?? true else {
            throw Problem("--batch, --runs and --resolution take positive numbers", kind: .usage)
        }
        var network: ImageNetwork
        if let checkpoint {
            let file = try Checkpoint.read(path: checkpoint)
            // An ONNX model is made for the size of its images; other networks take any.
            network = try Architectures.network(
                file, architecture: architecture, inputSize: file.format == "ONNX" ? resolution.map { [$0, $0] } : nil)
        } else if let architecture {
            network = try Architectures.random(architecture, seed: 0)
        } else {
            throw Problem("Name a checkpoint or an --architecture", kind: .usage)
        }
        if let resolution { network.input.size = [resolution, resolution] }
        let count = threads ?? ProcessInfo.processInfo.activeProcessorCount
        guard (1...256).contains(count) else { throw Problem("--threads takes a number from 1 to 256", kind: .usage) }
        let benchmark = Benchmark(
            network: network, work: what, batch: batch, threads: count, algorithms: winograd ? AlgorithmChoices() : nil, precision: precision,
            sweep: try sweep(network))
        let result = try benchmark.run(atMost: runs)
        if json {
            try JSONOutput.print(result)
        } else {
            try StandardOutput.print("\(network.displayName), \(what.rawValue), batch \(batch), \(network.input.size[0]) x \(network.input.size[1]), \(count) threads")
            try StandardOutput.print("median \(result.median_ms) ms, minimum \(result.min_ms) ms, \(result.runs) runs, peak memory \(result.peak_rss_mb) MB")
        }
    }
}

extension BenchmarkCommand {
    private func sweep(_ network: ImageNetwork) throws -> (images: RealImages, layers: [String])? {
        guard what == .sweep else { return nil }
        guard let images else { throw Problem("A sweep needs images", remedy: "Add --images with a folder.", kind: .usage) }
        let names = layers.map { $0.split(separator: ",").map(String.init) } ?? network.reported
        for name in names { _ = try network.graph.node(named: name) }
        return (try LabelledImages(path: images, labels: nil, network: network).images, names)
    }
}

extension Benchmark.Work: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}

extension Precision {
    /// Throws a `Problem` when this processor has no such numbers.
    func checkSupport() throws {
        guard !isSupported else { return }
        throw Problem(
            "This processor has no instructions for \(rawValue)", explanation: "--precision \(rawValue) would be slower than float32.",
            remedy: "Leave --precision out.", kind: .usage)
    }
}
