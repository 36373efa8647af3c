public import Analysis
public import ArgumentParser
import Diagnostics
import Foundation
import Network
import Relevance
import Run
import Site
import Tensors

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Makes a site about a checkpoint from a folder of real images.",
        discussion: """
            One pass over the images collects statistics and the strongest images of all units of the chosen layers; then \
            prototypes are made for the chosen units and classes, and the site is written. Everything found goes to the run \
            folder as soon as it is known: the same command again goes on where it was stopped.
            """)

    @Argument(help: "The checkpoint: PyTorch (.pt, .pth, .th) or safetensors. A pickle in it is read, never run.")
    var checkpoint: String?
    @Option(help: "A folder of images, a folder a class or flat; or a text file of paths.") var images: String?
    @Option(name: .shortAndLong, help: "The network. Left out, it is recognised.") var architecture: String?
    @Option(help: "Layers whose units are shown, separated by commas. `vitrine inspect` lists them.") var layers: String?
    @Option(
        parsing: .unconditional,
        help: """
            Units that get a prototype: all, none, 0-15, layer1:3,layer2:0-7. By default all for images up to 64 pixels, else the \
            first 4 of each layer. Statistics are kept for all units in any case.
            """)
    var units: String?
    @Option(
        parsing: .unconditional,
        help: """
            Classes that get a prototype: all, none, 3, 0-9, cat. By default all up to 100; else those that have images, 20 at most.
            """)
    var classes: String?
    @Option(
        help: """
            Concepts that get a prototype: how many of which of the layers, such as layer3:10,layer2:5. A concept is a direction among a layer's \
            channels, found by a factorisation of its activations, which must not be negative. none by default.
            """)
    var concepts: String?
    @Option(
        help: """
            positive: what excites units, the default; negative: what inhibits them, where layers can be below zero; or both. What inhibits \
            the units of a layer stands under a name of its own, LAYER.negated.
            """)
    var direction: UnitDirection?
    @Option(help: "The names of the classes in the network's order: text, a line each, or JSON.") var labels: String?
    @Option(help: "The title of the site.") var title: String?
    @Option(parsing: .unconditional, help: "The seed of everything random.") var seed: UInt64?
    @Option(
        parsing: .unconditional,
        help: "Prototypes of each target from different random beginnings; by default 2 for images up to 64 pixels, else 1.")
    var seeds: Int?
    @Option(
        help: """
            How much work goes into a prototype: draft (200 steps: what is there is there, with noise), normal (500, the default) or \
            paper (2000 steps, as published). --schedule and --steps go first.
            """)
    var quality: PrototypeQuality?
    @Option(
        help: """
            How a prototype is optimised: published (2000 steps), half-resolution (2000 steps with picture and references averaged over \
            2 x 2 pixels, then 1000 in full) or long (20000 slower steps, colours not clamped).
            """)
    var schedule: OptimisationSchedule.Kind?
    @Option(parsing: .unconditional, help: "Optimisation steps of a prototype, instead of the schedule's own.") var steps: Int?
    @Flag(inversion: .prefixedNo, help: "Mirror the picture at every other step, by chance. Off by default.") var flip: Bool?
    @Flag(
        inversion: .prefixedNo,
        help: "Finish a picture when its loss has settled. On by default, except with --quality paper and with --schedule.")
    var earlyStop: Bool?
    @Option(parsing: .unconditional, help: "Real images a prototype is matched to, at most; 50 by default.") var references: Int?
    @OptionGroup var referenceOptions: ReferenceOptions
    @Option(
        help: """
            How a unit's picture is matched: balanced (its own layer counts as well, and what is not relevant keeps a share of its weight) or \
            published (as in the paper: layers before the unit's, by relevance alone). balanced by default.
            """)
    var inner: InnerMatching?
    @Option(
        help: "The rules by which relevance flows: \(Composite.all.filter(\.isRelevance).map(\.name).joined(separator: ", ")). vital by default, transformer for networks with attention.")
    var composite: String?
    @Flag(
        inversion: .prefixedNo,
        help: "Compute 3 x 3 convolutions by Winograd's way where that is faster here: features agree to 1e-4. On by default.")
    var winograd: Bool?
    @Option(
        help: """
            What convolutions multiply while images are looked at and prototypes are made: float32 or bfloat16, which is about twice as fast \
            on processors that have it. Prototypes are measured in float32 in any case.
            """)
    var precision: Precision?
    @Option(
        help: """
            The teacher's checkpoint, for a student that matches templates: what it assigns is compared with what the student matches. Left out, \
            the one that the student's checkpoint names is taken, if it lies beside it.
            """)
    var teacher: String?
    @Option(help: "The teacher's network, where it is not recognised.") var teacherArchitecture: String?
    @Option(help: "A YAML file with these options. The command line goes first.") var config: String?
    @Option(name: .customLong("run"), help: "The run folder; beside the site by default.") var runFolder: String?
    @Option(name: .shortAndLong, help: "The folder of the site.") var out: String?
    @Option(help: "A folder with templates that replace the built-in ones, file by file.") var templates: String?
    @Flag(
        help: """
            Say what time, memory and disk this report will take, and do nothing of it. Measured on a few images and a few steps, which \
            takes seconds for small networks, a minute for large ones.
            """)
    var estimate = false
    @Flag(help: "With --estimate: JSON on standard output.") var json = false
    @OptionGroup var compute: ComputeOptions

    func run() throws {
        let settings = try config.map { try ReportConfiguration(file: $0) } ?? ReportConfiguration()
        guard let checkpointPath = checkpoint ?? settings.checkpoint else { throw Problem("No checkpoint is named", kind: .usage) }
        guard let imagePath = images ?? settings.images else {
            throw Problem("No images are named", remedy: "Add --images with a folder of real images.", kind: .usage)
        }
        guard estimate || !json else { throw Problem("--json goes with --estimate", kind: .usage) }
        guard let out = out ?? settings.out ?? (estimate ? "site" : nil) else { throw Problem("No folder for the site is named", remedy: "Add --out.", kind: .usage) }
        var compute = compute
        compute.threads = compute.threads ?? settings.threads
        let threads = try compute.threadCount()
        let progress = TerminalProgress.make(quiet: compute.quiet)

        let runFolder = runFolder ?? settings.run ?? Self.runFolder(beside: out)

        // Everything that can be wrong with the question is found out before the work begins.
        try SiteRenderer.check(templates: templates)
        try SiteRenderer.check(name: out)
        try Places.check(images: imagePath, site: out, run: runFolder)
        try SiteRenderer.checkDestination(out)
        let checkpoint = try Checkpoint.read(path: checkpointPath)
        var network = try Architectures.network(checkpoint, architecture: architecture ?? settings.architecture)
        let real = try LabelledImages(path: imagePath, labels: labels ?? settings.labels, network: network)
        network.writeWarnings()
        var reported = try chosenLayers(layers.map { $0.split(separator: ",").map(String.init) } ?? settings.layers, network)
        let found = try FoundTeacher(
            of: network, in: checkpoint, path: teacher ?? settings.teacher, architecture: teacherArchitecture ?? settings.teacherArchitecture)
        (network, reported) = try (direction ?? choice("direction", settings.direction) ?? .positive).layers(reported, of: network)
        let options = try options(settings, network: network, real: real, layers: reported, teacher: found.teacher)
        _ = try ConceptSelection(options.concepts, among: reported)
        _ = try ReferenceSettings(options, input: network.input.shape)
        try ReportRun.selection(options, network: network, classNames: real.classNames)
        let study = network.templates.isEmpty
            ? nil
            : try TemplateStudy(
                of: network, record: try StudentRecord(of: network, in: checkpoint), teacher: found.teacher, warnings: found.warnings)
        let description = try NetworkDescription(network, checkpoint: .init(checkpoint), reported: reported)
        let tool = RunManifest.Tool(name: "Vitrine", version: Version.current, engine: OneDNN.version)
        if estimate {
            let probe = try ReportProbe(
                network: network, description: description, images: real.images, classNames: real.classNames, options: options, tool: tool,
                templates: study, threads: threads
            ) { try SiteRenderer(run: $0, templates: templates).render(to: $1).pages }
            let estimate = try probe.estimate(progress: progress)
            return json ? try JSONOutput.print(estimate) : try StandardOutput.print(EstimateTable(estimate, network: network).text)
        }
        let folder = try RunFolder.create(at: runFolder)
        let job = try ReportRun(
            network: network, description: description, images: real.images, classNames: real.classNames, options: options,
            title: title ?? settings.title ?? "What \(network.displayName) looks for",
            tool: tool,
            warnings: warnings(network, real), templates: study, threads: threads, folder: folder)
        if let remark = real.remark { progress.note("Warning: \(remark)") }
        progress.note("\(network.displayName), \(real.images.count) images, results in \(folder.path)")
        StopNotice.install()
        try job.run(progress: progress)
        let summary = try SiteRenderer(run: folder, templates: templates).render(to: out)
        progress.note("\(summary.pages) pages in \(out). Open \(out)/index.html")
    }

    /// `site` has its run in `site-run`.
    static func runFolder(beside out: String) -> String {
        var path = out
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path + "-run"
    }

    private func chosenLayers(_ asked: [String]?, _ network: ImageNetwork) throws -> [String] {
        let names = asked ?? network.reported
        guard !names.isEmpty else { throw Problem("--layers names no layer", kind: .usage) }
        var places: [(Int, String)] = []
        for name in names {
            let node = try network.graph.node(named: name)
            guard node > 0, node != network.graph.index[network.logits] else {
                throw Problem(
                    "\(name) has no units to report",
                    explanation: network.hasClasses
                        ? "The classes of \(network.logits) have pages of their own." : "It is what the network ends in.",
                    kind: .usage)
            }
            guard !places.contains(where: { $0.1 == name }) else { throw Problem("--layers names \(name) twice", kind: .usage) }
            places.append((node, name))
        }
        return places.sorted { $0.0 < $1.0 }.map(\.1)
    }

    private func options(
        _ settings: ReportConfiguration, network: ImageNetwork, real: LabelledImages, layers: [String], teacher: GivenTeacher?
    ) throws -> RunOptions {
        let quality = try quality ?? choice("quality", settings.quality) ?? .normal
        let named = try schedule ?? choice("schedule", settings.schedule)
        let steps = steps ?? settings.steps ?? named?.steps ?? quality.steps
        guard (1...1_000_000).contains(steps) else { throw Problem("--steps takes a number from 1 to 1000000", kind: .usage) }
        let references = references ?? settings.references ?? 50
        guard (1...10_000).contains(references) else {
            throw Problem("--references takes a number from 1 to 10000", kind: .usage)
        }
        let isSmall = max(network.input.size[0], network.input.size[1]) <= 64
        let seeds = seeds ?? settings.seeds ?? (isSmall ? 2 : 1)
        guard (1...16).contains(seeds) else { throw Problem("--seeds takes a number from 1 to 16", kind: .usage) }
        let kind = named ?? .published
        let schedule = OptimisationSchedule(kind, steps: steps, size: network.input.size)
        let chosen = referenceOptions.chosen(settings, input: network.input.shape)
        try schedule.check(on: network)
        let composite = try chosenComposite(settings, network)
        return RunOptions(
            layers: layers, units: units ?? settings.units ?? (isSmall ? "all" : "0-3"),
            classes: classes ?? settings.classes ?? Self.defaultClasses(network, real), labels: labels ?? settings.labels,
            seed: seed ?? settings.seed ?? 0, seeds: seeds, steps: steps, references: references,
            window: chosen.window, windowStride: chosen.stride, referencesAs: chosen.kind, diversity: chosen.diversity, jitter: schedule.jitter,
            learningRate: schedule.learningRate, warmup: schedule.warmup, strongest: 12,
            winograd: winograd ?? settings.winograd ?? true, precision: try chosenPrecision(settings).rawValue,
            schedule: kind.rawValue, flip: flip ?? settings.flip ?? false,
            earlyStop: earlyStop ?? settings.earlyStop ?? (named == nil && quality != .paper),
            inner: (try inner ?? choice("inner", settings.inner) ?? .balanced).rawValue,
            composite: composite, compositeSummary: try Composite.named(composite).summary,
            concepts: concepts ?? settings.concepts ?? "none", teacher: teacher?.sha256,
            teacherArchitecture: teacher?.network.architecture, command: Self.commandLine())
    }

    private func chosenComposite(_ settings: ReportConfiguration, _ network: ImageNetwork) throws -> String {
        guard let name = composite ?? settings.composite else { return Composite.suggested(for: network.graph).name }
        let chosen = try Composite.named(name)
        guard chosen.isRelevance else {
            throw Problem(
                "--composite \(name) computes gradients, not relevance", explanation: "Features are masked by relevance.",
                remedy: "Choose one of \(Composite.all.filter(\.isRelevance).map(\.name).joined(separator: ", ")).", kind: .usage)
        }
        return name
    }

    private func chosenPrecision(_ settings: ReportConfiguration) throws -> Precision {
        let chosen = try precision ?? choice("precision", settings.precision) ?? .float32
        try chosen.checkSupport()
        return chosen
    }

    /// The value that a configuration names for `option`. Throws a `Problem` when there is no such value.
    private func choice<Value: RawRepresentable & CaseIterable>(_ option: String, _ name: String?) throws -> Value?
    where Value.RawValue == String {
        guard let name else { return nil }
        guard let value = Value(rawValue: name) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem("\(option): “\(name)” is not known", explanation: "Known are \(known).", kind: .usage)
        }
        return value
    }

    private static func defaultClasses(_ network: ImageNetwork, _ real: LabelledImages) -> String {
        if !network.hasClasses { return "none" }
        if network.classCount <= 100 { return "all" }
        let present = Set(real.images.labels.compactMap { $0 }).sorted().prefix(20)
        return present.isEmpty ? "none" : present.map(String.init).joined(separator: ",")
    }

    /// The command as it was given, as one shell line; the program by its name alone.
    static func commandLine() -> String {
        (["vitrine"] + CommandLine.arguments.dropFirst()).map { word in
            let isPlain = !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./,:=@%+".contains($0)) }
            return isPlain ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
        }.joined(separator: " ")
    }

    private func warnings(_ network: ImageNetwork, _ real: LabelledImages) -> [RunManifest.Warning] {
        var warnings: [RunManifest.Warning] = []
        if !network.nonFiniteTensors.isEmpty {
            warnings.append(
                .init(
                    summary: "The checkpoint holds values that are not numbers",
                    explanation: "NaN or infinity in \(network.nonFiniteTensors.prefix(5).joined(separator: ", "))\(network.nonFiniteTensors.count > 5 ? " and \(network.nonFiniteTensors.count - 5) more" : ""). Nothing behind these layers can be trusted.",
                    remedy: "Use a checkpoint from before training diverged."))
        }
        if let remark = real.remark {
            warnings.append(.init(summary: "The classes of the images are not known", explanation: remark, remedy: "Name them with --labels."))
        }
        return warnings
    }
}

extension PrototypeQuality: ExpressibleByArgument {}
extension InnerMatching: ExpressibleByArgument {}
extension UnitDirection: ExpressibleByArgument {}
extension OptimisationSchedule.Kind: ExpressibleByArgument {}
