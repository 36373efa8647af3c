import Diagnostics
import FoundationEssentials
public import Run

/// Pages about what became of accuracy when units were switched off: one about all of it, and of each layer its units, most harmful first.
public struct AblationBooklet {
    /// All numbers.
    public static let numbers = "ablation.json"
    static let table = "ablation.csv", carriersTable = "carriers.csv"
    /// Rows a page: with pictures below 100 kB.
    private static let rows = 24

    private let ablation: Ablation
    private let booklet: Booklet
    /// Nil where no run is at hand to show units.
    private let run: ComparedRun?

    /// Begins pages about `ablation`, which will be at `out`.
    ///
    /// - Parameters:
    ///   - run: the run whose units are shown; nil for none.
    ///   - templates: a folder whose files replace the program's own; nil for none.
    ///   - realImages: how images of the run are shown.
    /// - Throws: `Problem` when there is something else at `out`, or a document of the run is damaged.
    public init(
        _ ablation: Ablation, run folder: RunFolder?, to out: String, templates: String?, realImages: SitePresentation.RealImages
    ) throws {
        self.ablation = ablation
        let content = try folder.map { try RunContent($0, SitePresentation(realImages: realImages)) }
        let site = content.flatMap { NeighbouringSite.find(around: out, of: $0.manifest) }
        let network = ablation.network
        let booklet = try Booklet(
            .init(
                title: "\(network.displayName) with units switched off",
                about: "\(network.displayName), checkpoint \(network.checkpoint.sha256.prefix(8)).", tool: ablation.tool, numbers: Self.numbers,
                sites: [site?.page("index.html")].compactMap { $0 }.map { (title: content?.manifest.title ?? "Site", href: $0) },
                imageNotice: content?.presentation.imageNotice),
            to: out, templates: templates)
        self.booklet = booklet
        run = content.map { ComparedRun($0, name: network.displayName, folder: "units", site: site, in: booklet) }
    }

    /// Throws the `Problem` that pages would meet at `out` for its place: before any work, so that none is in vain.
    public static func checkDestination(_ out: String) throws { try Booklet.checkDestination(out, numbers: numbers) }

    /// Writes all pages and files and puts them in their place; returns the number of pages.
    public func publish() throws -> Int {
        for layer in ablation.layers { try writePages(of: layer) }
        try writeOverview()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        try booklet.folder.write([UInt8](encoder.encode(ablation)) + [UInt8(ascii: "\n")], to: Self.numbers)
        let table = AblationTable(ablation)
        try booklet.folder.write(table.csv, to: Self.table)
        try booklet.folder.write(table.carriersCSV, to: Self.carriersTable)
        return try booklet.publish()
    }

    // MARK: The overview

    private func writeOverview() throws {
        let images = ablation.images, layers = ablation.layers
        let carried = layers.filter { !$0.carriers.isEmpty }
        try booklet.write(
            "ablation",
            [
                "network": ablation.network.displayName, "checkpoint": ablation.network.checkpoint.fileName,
                "hash": String(ablation.network.checkpoint.sha256.prefix(12)), "images": Number.count(images.count, "image"), "path": images.path,
                "accuracy": Number.percent(Float(images.correct) / Float(max(1, images.count))),
                "replacement": AblationWords.replacement(ablation.replacement),
                "sets": ablation.sets.map { fields($0.effect, name: $0.name) }, "hasSets": !ablation.sets.isEmpty,
                "layers": layers.map(row), "hasLayers": !layers.isEmpty,
                "carried": carried.map { ["layer": $0.layer, "rows": $0.carriers.map(carriers), "tooFew": tooFew($0)] as Fields },
                "hasCarried": !carried.isEmpty, "isGreedy": carried.contains { $0.carriers.contains(where: \.isGreedy) },
                "draws": carried.first?.carriers.map(\.draws).max().map(String.init),
                "preprocessing": ablation.network.preprocessing.words, "table": Self.table, "carriersTable": Self.carriersTable,
                "isFew": images.count < 200,
                "skipped": images.skipped.map { ["path": $0.path, "reason": $0.reason] as Fields }, "hasSkipped": !images.skipped.isEmpty,
                "command": ablation.command,
            ], to: "index.html", title: "Units switched off")
    }

    private func tooFew(_ layer: LayerAblation) -> String? {
        layer.tooFew.isEmpty ? nil : layer.tooFew.map { PlainText.clipped(ablation.className($0)) }.joined(separator: ", ")
    }

    private func row(_ layer: LayerAblation) -> Fields {
        let clear = AblationWords.clear(layer.units.map(\.effect)), worst = layer.ranked.first
        return [
            "layer": layer.layer, "href": path(layer), "units": Number.grouped(layer.unitCount), "tried": Number.grouped(layer.units.count),
            "clear": Number.grouped(clear.count), "byChance": Number.grouped(clear.byChance), "worst": worst.map { String($0.index) },
            "change": worst.map { AblationWords.accuracy($0.effect.all) },
            "hasConcepts": !layer.concepts.isEmpty,
        ]
    }

    private func carriers(_ carriers: LayerAblation.Carriers) -> Fields {
        [
            "class": PlainText.clipped(ablation.className(carriers.index)), "before": Number.percent(carriers.before.right),
            "measured": Number.grouped(carriers.measuredOn),
            "units": carriers.steps.isEmpty ? "none" : carriers.steps.map { String($0.unit) }.joined(separator: ", "),
            "off": AblationWords.share(carriers.off), "randomOff": carriers.randomOff.map(Number.percent) ?? "–",
            "only": AblationWords.share(carriers.only), "taken": carriers.only.taken.map(Number.percent) ?? "–",
            "randomOnly": carriers.randomOnly.map(Number.percent) ?? "–",
        ]
    }

    private func fields(_ effect: Ablation.Effect, name: String) -> Fields {
        let worse = effect.classes.filter { $0.change.loss > 0 }.prefix(3)
        return [
            "name": name, "before": Number.percent(effect.all.accuracyBefore), "after": Number.percent(effect.all.accuracyAfter),
            "change": AblationWords.accuracy(effect.all), "isClear": effect.all.isClear, "loss": AblationWords.loss(effect.all.loss),
            "hurt": worse.isEmpty
                ? "–"
                : worse.map { "\(PlainText.clipped(ablation.className($0.index))) \(Number.signedPercent($0.change.accuracy))" }.joined(separator: ", "),
        ]
    }

    // MARK: The pages of a layer

    private func folder(_ layer: LayerAblation) -> String { "layers/\(RunPath.key(for: layer.layer))" }
    private func path(_ layer: LayerAblation) -> String { folder(layer) + "/index.html" }

    private func writePages(of layer: LayerAblation) throws {
        let content = try run?.layer(layer.layer), ranked = layer.ranked
        let parts = PartPages(of: ranked.count, size: Self.rows, in: folder(layer))
        for part in 1...parts.count {
            var fields: Fields = [
                "layer": layer.layer, "units": Number.count(layer.units.count, "unit"), "all": Number.grouped(layer.unitCount),
                "replacement": AblationWords.replacement(ablation.replacement), "images": Number.count(ablation.images.count, "image"),
                "rows": try parts.places(on: part).map { place -> Fields in
                    var row = self.fields(ranked[place].effect, name: "unit \(ranked[place].index)")
                    row["card"] = try run?.unit(ranked[place].index, of: content, isNearest: false)
                    return row
                },
                "hasUnits": !ranked.isEmpty, "hasCards": run != nil,
                "concepts": layer.concepts.map { self.fields($0.effect, name: "concept \($0.index)") },
                "hasConcepts": !layer.concepts.isEmpty && part == 1,
            ]
            fields.add(parts.fields(on: part))
            try booklet.write(
                "ablation-layer", fields, to: parts.path(part), title: layer.layer + (part == 1 ? "" : ", page \(part)"))
        }
    }
}
