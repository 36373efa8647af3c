import Analysis
import ArgumentParser
import Diagnostics
import Run

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measures a network's accuracy on labelled images.",
        discussion: "Classes are the folders in sorted order, unless --labels says otherwise or folders are class numbers.")

    @OptionGroup var source: CheckpointOptions
    @OptionGroup var given: ImageOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var configuration: ConfigurationOption
    @Flag(help: "JSON on standard output.") var json = false

    private struct Output: Encodable {
        var images, correct: Int
        var top1, top5: Float
        var skipped: Int
        /// How images were prepared, and where each part is known from.
        var preprocessing: NetworkDescription.Preprocessing
    }

    func run() throws {
        let (_, network) = try source.load()
        network.writeWarnings()
        try network.requireClasses(for: "Counting what is right")
        let real = try given.load(for: network)
        guard real.images.isLabelled else {
            throw Problem(
                "The images of \(given.images) have no known classes", explanation: real.remark,
                remedy: "Use a folder of images for each class, and --labels to say which is which.", kind: .usage)
        }
        let sweep = try Sweep(
            network: network, images: real.images, layers: [], capacity: 0, threads: try compute.threadCount())
        let progress = compute.progress
        try sweep.run(progress: progress)
        for item in sweep.skipped { progress.note("Skipped \(item.path): \(item.reason)") }
        let output = Output(
            images: sweep.labelled, correct: sweep.correct, top1: sweep.top1 ?? 0, top5: sweep.top5 ?? 0,
            skipped: sweep.skipped.count, preprocessing: .init(network.input))
        if RunWarnings.isNearChance(output.top1, of: network.classCount), let doubt = output.preprocessing.firstDoubt {
            StandardError.write("Warning: only \(percent(output.top1)) of the images are right. \(doubt)\n")
        }
        if json {
            try JSONOutput.print(output)
        } else {
            try StandardOutput.print("\(output.correct) of \(output.images) right: top-1 \(percent(output.top1)), top-5 \(percent(output.top5))\(output.skipped > 0 ? ", \(output.skipped) images skipped" : "")")
        }
    }

    private func percent(_ share: Float) -> String { "\((Double(share) * 10000).rounded() / 100) %" }
}
