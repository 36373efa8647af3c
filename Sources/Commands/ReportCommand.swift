import Analysis
import ArgumentParser
import Dataset
import Diagnostics
import Network
import Run
import Site
import Tensors

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Makes a site about a checkpoint and a folder of real images.",
        discussion: """
            One pass over the images collects statistics and the strongest images of all units of the chosen layers; then \
            prototypes are made for the chosen units and classes, and the site is written. Everything found goes to the run \
            folder as soon as it is known: the same command again goes on where it was stopped.
            """)

    @OptionGroup var source: CheckpointOptions
    @OptionGroup var given: ImageOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var directions: DirectionOptions
    @Option(help: "The title of the site.") var title: String?
    @OptionGroup var prototypes: PrototypeOptions
    @OptionGroup var references: ReferenceOptions
    @OptionGroup var teacher: TeacherOptions
    @OptionGroup var judge: JudgeOptions
    @OptionGroup var words: WordOptions
    @OptionGroup var convolutions: WinogradOption
    @OptionGroup var numbers: PrecisionOption
    @OptionGroup var site: SiteOptions
    @Flag(
        help: """
            Say what time, memory and disk this report will take, and do nothing of it. Measured on a few images and a few steps, which \
            takes seconds for small networks, a minute for large ones.
            """)
    var estimate = false
    @Flag(help: "With --estimate: JSON on standard output.") var json = false
    @OptionGroup var division: ShardOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var configuration: ConfigurationOption

    /// The files and folders that it reads, with what they are called.
    var inputs: [(name: String, path: String)] {
        let optional = [
            ("--labels", given.labels), ("--directions", directions.directions), ("--teacher", teacher.teacher), ("--judge", judge.judge),
            ("--words", words.words), ("--encoder", words.encoder), ("--attributes", words.attributes), ("--templates", site.pages.look.templates),
            ("--notes", site.pages.notes),
        ]
        return [("checkpoint", source.checkpoint), ("--images", given.images)] + optional.compactMap { name, path in path.map { (name, $0) } }
    }

    func run() throws {
        // Everything that can be wrong with the question is found out before the work begins.
        guard estimate || !json else { throw Problem("--json goes with --estimate", kind: .usage) }
        try division.check(isEstimate: estimate)
        let start = ContinuousClock.now
        let threads = try compute.threadCount(), progress = compute.progress
        // Without a site, a run has its name.
        let substitute = estimate ? "site" : division.isPartial ? site.runFolder.map { $0 + "-site" } : nil
        let places = try site.places(besides: given.images, substitute: substitute)
        let share = try division.shard.map { ($0, try division.next(of: places.run)) }
        if case let (shard, nil)? = share { return progress.note("\(places.run) has seen all images: nothing is left to do for shard \(shard)") }
        try prototypes.check()
        try references.check()
        try numbers.check()
        let (checkpoint, plain) = try source.load()
        let real = try given.load(for: plain)
        plain.writeWarnings()
        let (extended, found) = try directions.insert(into: plain)
        let (network, layers) = try selection.layers(of: extended, with: found)
        let teaching = try teacher.find(for: checkpoint)
        let judge = try judge.load()
        let labels = try words.load(images: real.images)
        var options = RunOptions(command: CommandText.current(without: ShardOptions.names))
        options.labels = given.labels
        (options.orientation, options.greyBits) = given.decoding.recorded
        try selection.record(in: &options, layers: layers, network: network, images: real.images)
        try prototypes.record(in: &options, network: network)
        try references.record(in: &options, network: network)
        options.winograd = convolutions.winograd
        options.precision = numbers.precision.rawValue
        options.strongest = 12
        (options.teacher, options.teacherArchitecture) = (teaching.teacher?.sha256, teaching.teacher?.network.architecture)
        (options.judge, options.judgeArchitecture) = (judge?.description.checkpoint.sha256, judge?.network.architecture)
        (options.preprocessing, options.teacherPreprocessing) = (plain.toldPreprocessing, teaching.teacher?.network.toldPreprocessing)
        (options.output, options.teacherOutput) = (plain.toldOutput, teaching.teacher?.network.toldOutput)
        try found?.record(in: &options)
        try words.record(in: &options, labels)
        try ReportRun.selection(options, network: network, classNames: real.classNames)
        let record = try StudentRecord(of: network, in: checkpoint)
        let study = network.templates.isEmpty
            ? nil : try TemplateStudy(of: network, record: record, teacher: teaching.teacher, warnings: teaching.warnings)
        let beside = try teaching.teacher.map { try TeacherStudy(of: network, record: record, teacher: $0, folder: checkpoint.folder) }
        for warning in beside?.warnings ?? [] {
            StandardError.write("Warning: \(warning.summary). \(warning.explanation)\n")
        }
        let description = try NetworkDescription(network, checkpoint: .init(checkpoint), reported: layers)
        let tool = RunManifest.Tool(name: "Vitrine", version: Version.current, engine: OneDNN.version)
        if estimate {
            let probe = try ReportProbe(
                network: network, description: description, images: real.images, classNames: real.classNames, options: options, tool: tool,
                templates: study, teaching: beside, directions: found, judge: judge, labels: labels, threads: threads
            ) { try site.pages.render($0, to: $1) }
            let loading = start.duration(to: .now)
            var estimate = try probe.estimate(progress: progress)
            if let shards = division.shards { estimate.divide(among: shards, loading: loading) }
            return json ? try JSONOutput.print(estimate) : try StandardOutput.print(EstimateTable(estimate, network: network).text)
        }
        let folder = try RunFolder.create(
            at: share.flatMap { shard, next in next.map { ShardOptions.folder(of: places.run, $0.part, shard) } } ?? places.run)
        let job = try ReportRun(
            network: network, description: description, images: real.images, classNames: real.classNames, options: options,
            title: title ?? "What \(network.displayName) looks for", tool: tool,
            warnings: warnings(network, real, found) + (study == nil ? teaching.warnings : []), templates: study, teaching: beside,
            directions: found, judge: judge, labels: labels, threads: threads, folder: folder)
        progress.note("\(network.displayName), \(real.images.count) images, results in \(folder.path)")
        StopNotice.install()
        if case let (shard, next?)? = share {
            try job.run(shard, of: next.part, basis: next.basis, progress: progress)
            return progress.note("Shard \(shard) of the \(next.part) is finished")
        }
        try job.run(stoppingBefore: division.stopBefore, progress: progress)
        if let part = division.stopBefore { return progress.note("\(folder.path) is ready for the \(part) to be shared") }
        progress.note(site.pages.remark(try site.pages.render(folder, to: places.site), places.site))
    }

    private func warnings(_ network: ImageNetwork, _ real: LabelledImages, _ directions: Directions?) -> [RunManifest.Warning] {
        var warnings: [RunManifest.Warning] = []
        if !network.nonFiniteTensors.isEmpty {
            warnings.append(
                .init(
                    summary: "The checkpoint holds values that are not numbers",
                    explanation: "NaN or infinity in \(network.nonFiniteTensors.listed()). Nothing behind these layers can be trusted.",
                    remedy: "Use a checkpoint from before training diverged."))
        }
        if !network.hasClasses {
            warnings.append(
                .init(
                    summary: "The network has no classes", explanation: "Its head: \(network.head.summary). Statistics tell folders of images apart.",
                    remedy: network.unusedSummary.map { "Of the checkpoint was not used: \($0)." }))
        } else if let remark = network.head.remark {
            warnings.append(.init(summary: "What stands between layers of the head was assumed", explanation: "\(remark).", remedy: "Export the network to ONNX to be sure."))
        }
        if let remark = real.remark {
            let summary = real.images.isLabelled ? "The classes of the images were assumed" : "The classes of the images are not known"
            warnings.append(.init(summary: summary, explanation: remark, remedy: "Name them with --labels."))
        }
        if let directions, !directions.remarks.isEmpty {
            warnings.append(
                .init(
                    summary: "How \(directions.fileName) was read", explanation: directions.remarks.map { "\($0)." }.joined(separator: " "),
                    remedy: "--directions-layer, --directions-activation and --directions-k say otherwise."))
        }
        warnings += real.remarks.map { .init(summary: "About the images", explanation: $0) }
        return warnings
    }
}
