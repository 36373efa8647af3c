public import Analysis
public import ArgumentParser
import Dataset
import Diagnostics
import Network
import Tensors

struct BenchmarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Times one step of the work, after warm-up.",
        discussion: """
            forward: a batch through the network. gradient: forward, and the gradient of a logit back to the image. learning: forward, \
            and the gradients of all learned values. prototype: one \
            step of class prototypes (roll, forward, sort matching, backward, Adam), references sorted once beforehand. sweep: one pass \
            over --images with the statistics and the 50 strongest images of all units of --layers.
            """)

    @Argument(help: "A checkpoint; with --architecture alone, random weights are used.")
    var checkpoint: String?
    @OptionGroup var reading: ReadingOptions<MainNetwork>
    @Option(help: "forward, gradient, learning, prototype, inner or sweep.") var what: Benchmark.Work = .gradient
    @Option(parsing: .unconditional, help: "The batch size.") var batch = 1
    @Option(parsing: .unconditional, help: "Height and width of the input; the network's own by default.") var resolution: Int?
    @OptionGroup var threadOption: ThreadOption
    @Option(parsing: .unconditional, help: "The maximum number of timed runs.") var runs = 50
    @Option(help: "A folder of images, for a sweep.") var images: String?
    @Option(help: "Comma-separated layers of a sweep; those of a report by default.") var layers: CommaList?
    @OptionGroup var convolutions: WinogradOption
    @OptionGroup var numbers: PrecisionOption
    @Flag(help: "JSON on standard output.") var json = false
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        try numbers.check()
        guard batch > 0, batch <= 4096, runs > 0, resolution.map({ $0 > 0 && $0 <= 4096 }) ?? true else {
            throw Problem("--batch, --runs and --resolution take positive numbers", kind: .usage)
        }
        var network: ImageNetwork
        if let checkpoint {
            let file = try reading.checkpoint(at: checkpoint)
            // A network that the file brings is made for the size of its images; other networks take any.
            var reading = reading
            if file.bringsNetwork { reading.inputSize = reading.inputSize ?? resolution.map(String.init) }
            network = try reading.network(of: file)
        } else if let architecture = reading.architecture {
            guard reading.inputSize == nil else {
                throw Problem("--input-size is for the images of a checkpoint, and there is none", remedy: "Use --resolution.", kind: .usage)
            }
            network = try Architectures.random(architecture, seed: 0)
        } else {
            throw Problem("Name a checkpoint or an --architecture", kind: .usage)
        }
        if let resolution { network.input.size = [resolution, resolution] }
        let count = try threadOption.count()
        let benchmark = Benchmark(
            network: network, work: what, batch: batch, threads: count, algorithms: convolutions.winograd ? AlgorithmChoices() : nil, precision: numbers.precision,
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
        let names = layers?.items ?? network.reported
        for name in names { _ = try network.graph.node(named: name) }
        return (try LabelledImages(path: images, labels: nil, network: network).images, names)
    }
}

extension Benchmark.Work: ExpressibleByArgument {}
