import Analysis
import ArgumentParser
import Diagnostics
import Network
import Run
import Site
import Tensors

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compares VITAL's class prototypes with those of other methods and with real images.",
        discussion: """
            Every method makes pictures of the same classes with the same number of forward-backward passes. Measured are accuracy, \
            transfer to another checkpoint (--judge), Fréchet distance in the network's features, activation, seed agreement and time. \
            The table goes to standard output; table, numbers and pictures to a page of the site. With --run of a report the page joins \
            that report's site. Pictures that are finished are not made again.
            """)

    @OptionGroup var source: CheckpointOptions
    @OptionGroup var given: ImageOptions
    @Option(
        parsing: .unconditional,
        help: "Classes to compare on: all, 3, 0-9, cat. By default those that have images, the first 20 of large networks.")
    var classes: CommaList?
    @Option(help: "Comma-separated methods: \(ComparedMethod.allCases.map(\.rawValue).joined(separator: ", ")). All by default.")
    var methods: CommaList?
    @OptionGroup var judge: JudgeOptions
    @OptionGroup var seedOption: SeedOption
    @Option(parsing: .unconditional, help: "Pictures per class and method.") var seeds: Int = 1
    @Option(parsing: .unconditional, help: "Forward-backward passes per picture.") var steps: Int = 500
    @Option(parsing: .unconditional, help: "The maximum number of real images per class that VITAL is matched to.") var references: Int = 50
    @OptionGroup var convolutions: WinogradOption
    @OptionGroup var site: SiteOptions
    @OptionGroup var compute: ComputeOptions
    @Flag(help: "JSON on standard output.") var json = false
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        let options = try options()
        let threads = try compute.threadCount()
        let progress = compute.progress

        // Everything that can be wrong with the question is found out before the work begins.
        let places = try site.places(besides: given.images)
        let (checkpoint, network) = try source.load()
        network.writeWarnings()
        let judge = try judge.load()
        let real = try given.load(for: network)
        var chosen = options
        if classes == nil {
            chosen.classes = SelectionOptions.presentClasses(real.images, atMost: network.classCount <= 100 ? 100 : 20) ?? "all"
        }
        try ComparisonRun.classes(
            chosen, network: network, judge: judge?.network, images: real.images, classNames: real.classNames)
        let job = try ComparisonRun(
            network: network, description: try NetworkDescription(network, checkpoint: .init(checkpoint), reported: []), judge: judge,
            images: real.images, classNames: real.classNames, options: chosen,
            tool: .init(name: "Vitrine", version: Version.current, engine: OneDNN.version), threads: threads,
            folder: try RunFolder.create(at: places.run))
        progress.note("\(network.displayName), \(real.images.count) images, results in \(places.run)")
        StopNotice.install()
        let comparison = try job.run(progress: progress)
        let pages = try site.pages.render(RunFolder.open(at: places.run), to: places.site)
        if json { try JSONOutput.print(comparison) } else { try StandardOutput.print(ComparisonTable(comparison).text) }
        progress.note(site.pages.remark(pages, places.site, opening: "compare/index.html"))
    }

    private func options() throws -> ComparisonOptions {
        try require(steps, "--steps", in: 1...1_000_000)
        try require(references, "--references", in: 1...10_000)
        try require(seeds, "--seeds", in: 1...1000)
        let known = ComparedMethod.allCases
        let chosen = try methods.map { list in
            try list.items.map { part in
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
            classes: classes?.text ?? "all", methods: chosen, seed: seedOption.seed, seeds: seeds, steps: steps, references: references, winograd: convolutions.winograd,
            command: CommandText.current)
    }
}
