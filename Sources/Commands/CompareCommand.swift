import Analysis
import ArgumentParser
import Diagnostics
import Network
import Run
import Site
import Tensors

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Measures VITAL's prototypes of classes beside those of other methods, and real images.",
        discussion: """
            Every method makes pictures of the same classes with the same number of forward-backward passes. Measured are accuracy, \
            transfer to another checkpoint (--judge), Fréchet distance in the network's features, activation, seed agreement and time. \
            The table goes to standard output; table, numbers and pictures to a page of the site. With --run of a report the page joins \
            that report's site. Pictures that are finished are not made again.
            """)

    @OptionGroup var source: CheckpointArguments
    @Option(help: "A folder with a folder of images a class, or a text file of paths and classes.") var images: String
    @Option(help: "The names of the classes in the network's order: text, a line each, or JSON.") var labels: String?
    @Option(
        parsing: .unconditional,
        help: "Classes to compare on: all, 3, 0-9, cat. By default those that have images, the first 20 of large networks.")
    var classes: String?
    @Option(help: "What to compare, separated by commas: \(ComparedMethod.allCases.map(\.rawValue).joined(separator: ", ")). All by default.")
    var methods: String?
    @Option(help: "A second checkpoint of the same classes, which says what it sees in the pictures.") var judge: String?
    @Option(help: "The judge's network. Left out, it is recognised.") var judgeArchitecture: String?
    @Option(parsing: .unconditional, help: "The seed of everything random.") var seed: UInt64 = 0
    @Option(parsing: .unconditional, help: "Pictures of each class by each method.") var seeds: Int = 1
    @Option(parsing: .unconditional, help: "Forward-backward passes of each picture.") var steps: Int = 500
    @Option(parsing: .unconditional, help: "Real images a class that VITAL is matched to, at most.") var references: Int = 50
    @Flag(inversion: .prefixedNo, help: "Compute 3 x 3 convolutions by Winograd's way where that is faster here.") var winograd = true
    @Option(name: .customLong("run"), help: "The run folder, that of a report if there is one; beside the site by default.")
    var runFolder: String?
    @Option(name: .shortAndLong, help: "The folder of the site.") var out: String
    @Option(help: "A folder with templates that replace the built-in ones, file by file.") var templates: String?
    @OptionGroup var decoding: DecodingOptions
    @OptionGroup var compute: ComputeOptions
    @Flag(help: "JSON on standard output.") var json = false

    func run() throws {
        let options = try options()
        let threads = try compute.threadCount()
        let progress = TerminalProgress.make(quiet: compute.quiet)
        let runFolder = runFolder ?? ReportCommand.runFolder(beside: out)

        // Everything that can be wrong with the question is found out before the work begins.
        try SiteRenderer.check(templates: templates)
        try SiteRenderer.check(name: out)
        try Places.check(images: images, site: out, run: runFolder)
        try SiteRenderer.checkDestination(out)
        let (checkpoint, network) = try source.load()
        network.writeWarnings()
        let judge = try loadJudge()
        let real = try LabelledImages(path: images, labels: labels, network: network, decoding: try decoding.decoding())
        var chosen = options
        if classes == nil {
            let present = Set(real.images.labels.compactMap { $0 }).sorted().prefix(network.classCount <= 100 ? 100 : 20)
            chosen.classes = present.isEmpty ? "all" : present.map(String.init).joined(separator: ",")
        }
        try ComparisonRun.classes(
            chosen, network: network, judge: judge?.network, images: real.images, classNames: real.classNames)
        let job = try ComparisonRun(
            network: network, description: try NetworkDescription(network, checkpoint: .init(checkpoint), reported: []), judge: judge,
            images: real.images, classNames: real.classNames, options: chosen,
            tool: .init(name: "Vitrine", version: Version.current, engine: OneDNN.version), threads: threads,
            folder: try RunFolder.create(at: runFolder))
        progress.note("\(network.displayName), \(real.images.count) images, results in \(runFolder)")
        StopNotice.install()
        let comparison = try job.run(progress: progress)
        let summary = try SiteRenderer(run: RunFolder.open(at: runFolder), templates: templates).render(to: out)
        if json { try JSONOutput.print(comparison) } else { try StandardOutput.print(ComparisonTable(comparison).text) }
        progress.note("\(summary.pages) pages in \(out). Open \(out)/compare/index.html")
    }

    private func options() throws -> ComparisonOptions {
        for (name, value, range) in [("--steps", steps, 1...1_000_000), ("--references", references, 1...10_000), ("--seeds", seeds, 1...1000)] {
            guard range.contains(value) else {
                throw Problem("\(name) takes a number from \(range.lowerBound) to \(range.upperBound)", kind: .usage)
            }
        }
        let known = ComparedMethod.allCases
        let chosen = try methods.map { text in
            try text.split(separator: ",").map { part in
                let name = part.trimmingPrefix { $0 == " " }
                guard let method = ComparedMethod(rawValue: String(name)) else {
                    throw Problem(
                        "--methods: “\(name)” is not known", explanation: "Known are \(known.map(\.rawValue).joined(separator: ", ")).",
                        kind: .usage)
                }
                return method
            }
        } ?? known
        guard !chosen.isEmpty else { throw Problem("--methods names no method", kind: .usage) }
        guard Set(chosen).count == chosen.count else { throw Problem("--methods names a method twice", kind: .usage) }
        return ComparisonOptions(
            classes: classes ?? "all", methods: chosen, seed: seed, seeds: seeds, steps: steps, references: references, winograd: winograd,
            command: ReportCommand.commandLine())
    }

    private func loadJudge() throws -> (network: ImageNetwork, description: Comparison.Network)? {
        guard let judge else {
            guard judgeArchitecture == nil else {
                throw Problem("--judge-architecture says of what network the judge is, and there is none", remedy: "Add --judge.", kind: .usage)
            }
            return nil
        }
        let checkpoint = try Checkpoint.read(path: judge)
        let network = try Architectures.network(checkpoint, architecture: judgeArchitecture)
        network.writeWarnings()
        return (
            network,
            try .init(architecture: network.architecture, displayName: network.displayName, checkpoint: .init(checkpoint))
        )
    }
}
