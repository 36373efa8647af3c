import Analysis
import ArgumentParser
import Diagnostics

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Counts how many labelled images a network gets right.",
        discussion: "Classes are the folders in sorted order, unless --labels says otherwise or folders are class numbers.")

    @OptionGroup var source: CheckpointArguments
    @Option(help: "A folder with a folder of images a class, or a text file of paths and classes.") var images: String
    @Option(help: "The names of the classes in the network's order: text, a line each, or JSON.") var labels: String?
    @OptionGroup var compute: ComputeOptions
    @Flag(help: "JSON on standard output.") var json = false

    private struct Output: Encodable {
        var images: Int
        var correct: Int
        var top1: Float
        var top5: Float
        var skipped: Int
    }

    func run() throws {
        let (_, network) = try source.load()
        network.writeWarnings()
        try network.requireClasses(for: "Counting what is right")
        let real = try LabelledImages(path: images, labels: labels, network: network)
        guard real.images.isLabelled else {
            throw Problem(
                "The images of \(images) have no known classes", explanation: real.remark,
                remedy: "Use a folder of images for each class, and --labels to say which is which.", kind: .usage)
        }
        let sweep = try Sweep(
            network: network, images: real.images, layers: [], capacity: 0, threads: try compute.threadCount())
        let progress = TerminalProgress.make(quiet: compute.quiet)
        try sweep.run(progress: progress)
        for item in sweep.skipped { progress.note("Skipped \(item.path): \(item.reason)") }
        let output = Output(
            images: sweep.labelled, correct: sweep.correct, top1: sweep.top1 ?? 0, top5: sweep.top5 ?? 0,
            skipped: sweep.skipped.count)
        if json {
            try JSONOutput.print(output)
        } else {
            try StandardOutput.print("\(output.correct) of \(output.images) right: top-1 \(percent(output.top1)), top-5 \(percent(output.top5))\(output.skipped > 0 ? ", \(output.skipped) images skipped" : "")")
        }
    }

    private func percent(_ share: Float) -> String { "\((Double(share) * 10000).rounded() / 100) %" }
}
