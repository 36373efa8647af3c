import Analysis
import ArgumentParser
import Dataset
import Diagnostics
import Run
import Site
import Tensors

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Tells two runs apart unit by unit: what was kept, moved, lost and born.",
        discussion: """
            Two checkpoints, two epochs, a teacher and its student. Both checkpoints are read again and shown the same images; units are \
            compared by layer and number, and matched by the correlation of their largest activations in each image, one to one and best of \
            all. The pages show the units of both runs side by side, most changed first; diff.json and diff.csv hold all numbers.
            """)

    @Argument(help: "The first run folder.") var first: String
    @Argument(help: "The second run folder.") var second: String
    @Option(name: .shortAndLong, help: "The folder of the pages.") var out: String
    @Option(help: "Layers, separated by commas: layer3, or layer3=stage4 where the runs name them differently. All that both runs report by default.")
    var layers: CommaList?
    @Option(parsing: .unconditional, help: "The correlation from which on a unit has a counterpart.") var threshold: Float = 0.5
    @Option(help: "The images to compare on; those of the first run by default.") var images: String?
    @Option(parsing: .unconditional, help: "Compare on so many of the images, spread evenly; all by default.") var atMost: Int?
    @Option(help: "The first run's checkpoint, where it is no longer where it was.") var firstCheckpoint: String?
    @Option(help: "The same of the second run.") var secondCheckpoint: String?
    @OptionGroup var look: LookOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        try require(threshold > 0 && threshold <= 1, "--threshold", takes: "a correlation above 0, up to 1")
        try require(atMost, "--at-most", in: 2...100_000_000)
        try look.check()
        let threads = try compute.threadCount(), progress = compute.progress
        for (name, run) in [("RUN_A", first), ("RUN_B", second)] {
            try Places.check([(name, run), ("--out", out)], explanation: "Pages and run folders must be kept apart; nothing was changed.")
        }
        try DifferenceBooklet.checkDestination(out)
        let one = try ReopenedRun(first, checkpoint: firstCheckpoint, option: "--first-checkpoint")
        let other = try ReopenedRun(second, checkpoint: secondCheckpoint, option: "--second-checkpoint")
        var (pairs, notCompared) = try LayerPairs(layers?.items, one, other).chosen()
        let all = try one.images(at: images, option: "--images")
        let chosen = atMost.map { all.sample($0, of: []) } ?? all
        let same = RealImages(folder: chosen.folder, preprocessing: try .init(other.network.input), labels: chosen.labels)
        (pairs, notCompared) = try Self.feasible(pairs, notCompared, one, other)
        if one.manifest.images.listing != other.manifest.images.listing {
            progress.note("The runs looked at different images; units are compared on those of \(all.folder.path)")
        }
        for run in [one, other] {
            let missing = run.layersWithoutStatistics
            guard !missing.isEmpty else { continue }
            progress.note("\(run.folder.path) is not complete: it has no statistics and no pictures of \(missing.joined(separator: ", "))")
        }
        for layer in notCompared { progress.note("Not compared: \(layer.layer): \(layer.reason)") }
        let result = try PairedSweep(
            .init(network: one.network, images: chosen), .init(network: other.network, images: same), pairs: pairs, threads: threads
        ).run(progress: progress)
        for item in result.skipped { progress.note("Skipped \(item.path): \(item.reason)") }
        let difference = RunDifference(
            tool: .init(name: "Vitrine", version: Version.current, engine: OneDNN.version), command: CommandText.current,
            first: .init(one.manifest, top1: try one.top1()), second: .init(other.manifest, top1: try other.top1()),
            images: .init(path: all.folder.path, count: result.images, found: all.count, skipped: result.skipped, listing: all.listing),
            threshold: threshold, layers: result.differences(pairs, threshold: threshold), notCompared: notCompared)
        let count = try DifferenceBooklet(
            difference, of: (one.folder, other.folder), to: out, templates: look.templates, realImages: look.realImages
        ).publish()
        for layer in difference.layers { progress.note(Self.line(layer)) }
        progress.note("\(count) pages in \(out). Open \(out)/index.html")
    }

    /// Without layers that would need too much memory.
    private static func feasible(
        _ pairs: [PairedSweep.Pair], _ notCompared: [RunDifference.NotCompared], _ one: ReopenedRun, _ other: ReopenedRun
    ) throws -> ([PairedSweep.Pair], [RunDifference.NotCompared]) {
        var kept: [PairedSweep.Pair] = [], left = notCompared
        for pair in pairs {
            let units = max(try one.units(of: pair.first), try other.units(of: pair.second))
            guard units > PairedSweep.mostUnits else {
                kept.append(pair)
                continue
            }
            left.append(.init(layer: pair.first, reason: "\(units) units are more than \(PairedSweep.mostUnits)"))
        }
        guard !kept.isEmpty else {
            throw Problem(
                "The runs have no layer to compare", explanation: left.map { "\($0.layer): \($0.reason)" }.joined(separator: "; ") + ".",
                remedy: "Say which layers correspond with --layers LAYER=LAYER.", kind: .usage)
        }
        return (kept, left)
    }

    private static func line(_ layer: RunDifference.Layer) -> String {
        let counts = RunDifference.Status.allCases.compactMap { status -> String? in
            layer.counts[status].flatMap { $0 > 0 ? "\($0) \(status == .constantInSecond ? "constant in B" : status.rawValue)" : nil }
        }
        return "\(layer.first)\(layer.hasPermanentNumbers ? "" : "=\(layer.second)"): \(counts.joined(separator: ", "))"
    }
}

extension ReopenedRun {
    fileprivate func units(of layer: String) throws -> Int {
        try network.graph.mapShapes(input: network.input.shape)[network.graph.node(named: layer)][0]
    }

    /// Those that its report did not get to.
    fileprivate var layersWithoutStatistics: [String] { manifest.options.layers.filter { !folder.exists(.statistics(layer: $0)) } }

    fileprivate func top1() throws -> Float? { try folder.read(ClassTable.self, from: .classes)?.top1 }
}
