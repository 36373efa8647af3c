import Analysis
import ArgumentParser
import Dataset
import Diagnostics
import Images
import Relevance
import Run
import Site
import Tensors

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Shows what a run's network makes of your own pictures, unit by unit.",
        discussion: """
            Of each picture: the most probable classes; in every layer of the run the units that are most active, beside what they do on the \
            run's images, and those that carry most of the relevance of the predicted class, with their prototypes and where in the picture \
            it is. The checkpoint is read from where the run had it, and has to be the same file. The pages stand by themselves; in a run's \
            site, or beside it, they link to its cards. All numbers are in explain.json. Pictures that cannot be read are named and left out.
            """)

    @Argument(help: "Pictures, or folders of them.") var images: [String]
    @Option(name: .customLong("run"), help: "The run folder.") var runFolder: String
    @Option(name: .shortAndLong, help: "The folder of the pages.") var out = "explanation"
    @Option(help: "The run's checkpoint, where it is no longer where it was.") var checkpoint: String?
    @Option(parsing: .unconditional, help: "Units of each layer, of either kind.") var units: Int = 5
    @Option(parsing: .unconditional, help: "Classes.") var classes: Int = 5
    @Flag(
        help: """
            Measure the map of relevance: how the class's probability falls when the most relevant pixels are taken away and rises when they are put \
            in, beside the gradient and random orders. Some 300 more looks at each picture.
            """)
    var curves = false
    @Option(
        parsing: .unconditional,
        help: """
            Units that each picture is pushed towards besides, as in layer3:5,layer2:0-3: the picture afterwards, the difference, the unit's activation \
            and the prediction before and after.
            """)
    var accentuate: CommaList?
    @OptionGroup var seed: SeedOption
    @OptionGroup var look: LookOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        try require(units, "--units", in: 1...30)
        try require(classes, "--classes", in: 1...100)
        try look.check()
        let threads = try compute.threadCount(), progress = compute.progress
        try Places.check(
            [("--run", runFolder), ("--out", out)], explanation: "Pages and run folder must be kept apart; nothing was changed.")
        for path in images {
            try Places.check([("The pictures", path), ("--out", out)], explanation: "Pages would be taken for pictures; nothing was changed.")
        }
        try ExplanationBooklet.checkDestination(out)
        let run = try ReopenedRun(runFolder, checkpoint: checkpoint, option: "--checkpoint")
        let sources = try sources(of: run, progress: progress)
        let statistics = try run.manifest.options.layers.compactMap { try run.folder.read(LayerStatistics.self, from: .statistics(layer: $0)) }
        let accents = try accents(among: statistics)
        let explainer = try ImageExplainer(
            network: run.network, statistics: statistics, composite: try Composite.named(run.manifest.options.composite),
            extent: .init(units: units, classes: classes, hasCurves: curves), accents: accents, seed: seed.seed)
        let booklet = try ExplanationBooklet(
            run: run.folder, count: sources.count, to: out, templates: look.templates, realImages: look.realImages,
            tool: .init(name: "Vitrine", version: Version.current, engine: OneDNN.version), command: CommandText.current)
        // One picture is delivered at a time, and nothing else touches the pages meanwhile.
        nonisolated(unsafe) let pages = booklet
        do {
            try explainer.explain(sources, threads: threads, progress: progress) { number, picture, problem in
                guard let picture else {
                    let reason = problem?.summary ?? "it cannot be read"
                    pages.skip(sources[number].path, reason: reason)
                    return progress.note("Skipped \(sources[number].path): \(reason)")
                }
                try pages.add(
                    picture.explanation, number: number, picture: picture.picture, format: picture.format, relevance: picture.relevance,
                    maps: picture.maps)
            }
        } catch {
            // The work may hold on to the pages until the program ends.
            booklet.discard()
            throw error
        }
        let count = try booklet.publish()
        progress.note("\(count) \(count == 1 ? "page" : "pages") in \(out). Open \(out)/index.html")
    }

    /// The units of `--accentuate`, in the order of layers.
    private func accents(among statistics: [LayerStatistics]) throws -> [(layer: String, unit: Int)] {
        guard let accentuate else { return [] }
        let selection = try UnitSelection(accentuate.text), layers = statistics.map(\.layer)
        let chosen = try statistics.flatMap { layer in
            try selection.units(of: layer.layer, count: layer.units.count, among: layers, remedy: "Name one of them.").map { (layer: layer.layer, unit: $0) }
        }
        guard chosen.count <= 30 else {
            throw Problem("--accentuate names \(chosen.count) units", remedy: "Name up to 30, as in layer3:5,layer2:0-3.", kind: .usage)
        }
        return chosen
    }

    private func sources(of run: ReopenedRun, progress: any ProgressReport) throws -> [PictureSource] {
        let preprocessing = try Preprocessing(run.network.input), decoding = try run.decoding()
        return try images.flatMap { path -> [PictureSource] in
            let folder = try ImageFolder(path: path, decoding: decoding)
            for remark in folder.remarks() { progress.note("\(path): \(remark)") }
            let real = RealImages(folder: folder, preprocessing: preprocessing, labels: Array(repeating: nil, count: folder.items.count))
            // Where it lies on this machine is nobody's business.
            let shown = path.hasPrefix("/") ? path.split(separator: "/").last.map(String.init) ?? path : path
            return folder.items.indices.map { number in
                let item = folder.items[number]
                // A picture by itself bears the name that it was given.
                let name = folder.items.count == 1 && item.path == path ? shown : "\(shown)/\(item.relativePath)"
                return PictureSource(path: name, images: real, number: number)
            }
        }
    }
}
