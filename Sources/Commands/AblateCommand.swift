import Analysis
public import ArgumentParser
import Dataset
import Diagnostics
import Network
import Run
import Site
import Tensors

struct AblateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ablate", abstract: "Switches units off: what becomes of accuracy, and which units carry a class.",
        discussion: """
            Every unit of the layers is switched off by itself, and every set that --off names; the same images are classified before and \
            after. For each class the units whose absence hurts it most are sought on one half of its images and measured on the other: \
            without them, and with them alone, all other units of the layer off. Of a checkpoint and images, or of a run (--run), which \
            keeps what is found: a layer that is done is not done again. The table goes to standard output, all numbers to --out, with pages.
            """)

    @OptionGroup var source: AblationSource
    @Option(help: "Comma-separated layers; those of the run, or of a report, by default. none for only what --off names.") var layers: CommaList?
    @Option(parsing: .unconditional, help: "Units that are switched off by themselves: all, none, 0-15, layer1:3. All by default.")
    var units: CommaList?
    @Option(
        parsing: .unconditionalSingleValue,
        help: """
            Switched off together: units as in layer3:5,layer3:7-9, whole layers as layer3:all, and concepts of the run as layer3:concept2. \
            Once for each set.
            """)
    var off: [String] = []
    @Option(name: .customLong("with"), help: "What units are set to: zero, or mean, their mean over all positions of all images.")
    var replacement: Ablation.Replacement = .zero
    @Option(parsing: .unconditional, help: "Units sought that carry a class, at most; 0 to seek none.") var carriers: Int = 5
    @Option(
        parsing: .unconditional,
        help: "Classes whose units are sought: all, none, 3, 0-9, cat. By default those that have images, the first 20 of large networks.")
    var classes: CommaList?
    @Flag(help: "Choose each unit that carries a class given those before it, rather than by what each does alone. As many times the work.")
    var greedy = false
    @Option(parsing: .unconditional, help: "Look at so many of the images, spread evenly; all by default.") var atMost: Int?
    @Option(name: .shortAndLong, help: "The folder of pages and files with all numbers.") var out: String?
    @OptionGroup var look: LookOptions
    @OptionGroup var seedOption: SeedOption
    @OptionGroup var compute: ComputeOptions
    @Flag(help: "JSON on standard output.") var json = false
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        try require(carriers, "--carriers", in: 0...100)
        try require(atMost, "--at-most", in: 2...100_000_000)
        try look.check()
        let threads = try compute.threadCount(), progress = compute.progress
        if let out { try AblationBooklet.checkDestination(out) }
        let subject = try source.load(besides: out)
        let network = subject.network, real = subject.images
        let images = atMost.map { real.sample($0, of: []) } ?? real
        guard images.isLabelled else {
            throw Problem(
                "The images of \(real.folder.path) have no known classes", explanation: "Accuracy is counted before and after.",
                remedy: "Use a folder of images for each class, and --labels to say which is which.", kind: .usage)
        }
        let chosen = try names(subject)
        if layers == nil, !subject.idle.isEmpty {
            progress.note("Left out, since no class depends on them: \(subject.idle.joined(separator: ", "))")
        }
        guard !chosen.isEmpty || !off.isEmpty else { throw Problem("Nothing is to be switched off", remedy: "Name layers, or sets with --off.", kind: .usage) }
        let selection = try AblationSelection(network: network, names: chosen, run: subject.run?.folder)
        var options = AblationStudy.Options()
        (options.replacement, options.carriers, options.isGreedy, options.seed) = (replacement, carriers, greedy, seedOption.seed)
        let wished = classes?.text ?? SelectionOptions.presentClasses(images, atMost: network.classCount <= 100 ? 100 : 20) ?? "none"
        options.classes = try UnitSelection(wished).classes(names: subject.classNames)
        let study = try AblationStudy(
            network: network, images: images, classNames: subject.classNames, layers: try selection.layers(units: units?.text ?? "all"),
            sets: try off.map { (name: $0, off: try selection.set($0)) }, options: options, threads: threads)
        StopNotice.install()
        let lock = try subject.run.map { try RunLock($0.folder) }
        defer { withExtendedLifetime(lock) {} }
        let result = try study.run(
            identity: [subject.checkpoint.sha256, network.architecture, Version.current, OneDNN.version].joined(separator: " "),
            known: { layer in subject.run.flatMap { try? $0.folder.read(LayerAblation.self, from: .ablation(layer: layer)) } },
            save: { try subject.run?.folder.write($0, to: .ablation(layer: $0.layer)) }, progress: progress)
        for item in result.images.skipped { progress.note("Skipped \(item.path): \(item.reason)") }
        let ablation = Ablation(
            tool: .init(name: "Vitrine", version: Version.current, engine: OneDNN.version), command: CommandText.current,
            network: .init(
                architecture: network.architecture, displayName: network.displayName, checkpoint: subject.checkpoint,
                preprocessing: .init(network.input)),
            images: result.images, replacement: replacement, layers: result.layers, sets: result.sets)
        if json { try JSONOutput.print(ablation) } else { try StandardOutput.print(AblationTable(ablation).text) }
        guard let out else { return }
        let pages = try AblationBooklet(
            ablation, run: subject.run?.folder, to: out, templates: look.templates, realImages: look.realImages
        ).publish()
        progress.note("\(pages) \(pages == 1 ? "page" : "pages") in \(out). Open \(out)/index.html")
    }

    private func names(_ subject: AblationSource.Subject) throws -> [String] {
        if layers?.text == "none" { return [] }
        let names = layers?.items ?? subject.layers
        guard !names.isEmpty else {
            throw Problem(
                layers == nil ? "The run reports no layer that classes depend on" : "--layers names no layer",
                remedy: "Name layers with --layers; `vitrine inspect` lists them.", kind: .usage)
        }
        if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
            throw Problem("--layers names \(twice) twice", kind: .usage)
        }
        return names
    }
}

extension Ablation.Replacement: ExpressibleByArgument {}
