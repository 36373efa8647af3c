import Diagnostics
import FoundationEssentials
public import Run

/// Pages about the difference of two runs: of each pair of layers the units of both side by side, most changed first, and by what became
/// of them.
public struct DifferenceBooklet {
    /// All numbers.
    public static let numbers = "diff.json"
    static let table = "diff.csv"
    /// Rows a page: with the pictures of both runs below 100 kB.
    private static let rows = 16
    private static let shownOnOverview = 12

    private let difference: RunDifference
    private let booklet: Booklet
    private let first: ComparedRun
    private let second: ComparedRun

    /// Begins pages about `difference`, which will be at `out`.
    ///
    /// - Parameters:
    ///   - runs: the first and the second run.
    ///   - templates: a folder whose files replace the program's own; nil for none.
    ///   - realImages: how images of the runs are shown.
    /// - Throws: `Problem` when there is something else at `out`, or a document of a run is damaged.
    public init(
        _ difference: RunDifference, of runs: (RunFolder, RunFolder), to out: String, templates: String?, realImages: SitePresentation.RealImages
    ) throws {
        self.difference = difference
        let contents = try [runs.0, runs.1].map { try RunContent($0, SitePresentation(realImages: realImages)) }
        let sites = contents.map { NeighbouringSite.find(around: out, of: $0.manifest) }
        let links = zip(["A", "B"], zip(contents, sites)).compactMap { name, pair in
            pair.1?.page("index.html").map { (title: "\(name): \(pair.0.manifest.title)", href: $0) }
        }
        let names = contents.map { "\($0.network.displayName) \($0.network.checkpoint.sha256.prefix(8))" }
        booklet = try Booklet(
            .init(
                title: "What changed between \(contents[0].network.displayName) and \(contents[1].network.displayName)",
                about: "A: \(names[0]). B: \(names[1]).", tool: difference.tool, numbers: Self.numbers, sites: links,
                imageNotice: contents[0].presentation.imageNotice),
            to: out, templates: templates)
        first = ComparedRun(contents[0], name: "A", folder: "a", site: sites[0], in: booklet)
        second = ComparedRun(contents[1], name: "B", folder: "b", site: sites[1], in: booklet)
    }

    /// Throws the `Problem` that pages would meet at `out` for its place: before any work, so that none is in vain.
    public static func checkDestination(_ out: String) throws { try Booklet.checkDestination(out, numbers: numbers) }

    /// Writes all pages, `diff.json` and `diff.csv` and puts them in their place; returns the number of pages.
    public func publish() throws -> Int {
        var most: [(unit: RunDifference.Unit, fields: Fields)] = []
        for (number, layer) in difference.layers.enumerated() { most += try writePages(of: layer, number: number) }
        try writeOverview(most)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try booklet.folder.write([UInt8](encoder.encode(difference)) + [UInt8(ascii: "\n")], to: Self.numbers)
        try booklet.folder.write(DifferenceTable(difference).text, to: Self.table)
        return try booklet.publish()
    }

    // MARK: The overview

    private func writeOverview(_ most: [(unit: RunDifference.Unit, fields: Fields)]) throws {
        let images = difference.images
        let ranked = most.enumerated().sorted { ($0.element.unit.correlation ?? -2, $0.offset) < ($1.element.unit.correlation ?? -2, $1.offset) }
        let changed = ranked.prefix(Self.shownOnOverview).map(\.element.fields)
        try booklet.write(
            "difference",
            [
                "sides": [side(difference.first, first), side(difference.second, second)], "images": Number.count(images.count, "image"),
                "threshold": Number.plain(Double(difference.threshold)), "path": images.path,
                "remarks": remarks, "hasRemarks": !remarks.isEmpty,
                "layers": difference.layers.enumerated().map(row), "hasLayers": !difference.layers.isEmpty,
                "hasMost": !changed.isEmpty, "rows": changed, "showsLayer": true,
                "notCompared": difference.notCompared.map { ["layer": $0.layer, "reason": $0.reason] as Fields },
                "hasNotCompared": !difference.notCompared.isEmpty,
                "skipped": images.skipped.map { ["path": $0.path, "reason": $0.reason] as Fields }, "hasSkipped": !images.skipped.isEmpty,
                "command": difference.command, "table": Self.table,
                "preprocessing": first.context.content.network.preprocessing.words,
                "otherPreprocessing": first.context.content.network.preprocessing.words == second.context.content.network.preprocessing.words
                    ? nil : second.context.content.network.preprocessing.words,
            ], to: "index.html", title: "What changed")
    }

    private func side(_ side: RunDifference.Side, _ run: ComparedRun) -> Fields {
        [
            "name": run.name, "title": side.title, "href": run.site?.page("index.html"), "network": side.displayName,
            "checkpoint": side.checkpoint.fileName, "hash": String(side.checkpoint.sha256.prefix(12)),
            "images": Number.grouped(side.images), "accuracy": side.top1.map { Number.percent($0) },
        ]
    }

    /// What a reader must know before believing the rest.
    private var remarks: [String] {
        let images = difference.images, (one, other) = (difference.first, difference.second)
        var remarks: [String] = []
        if one.checkpoint.sha256 == other.checkpoint.sha256 { remarks.append("Both runs are of the same checkpoint.") }
        if one.listing != other.listing {
            remarks.append(
                "The runs looked at different images (\(Number.grouped(one.images)) in A, \(Number.grouped(other.images)) in B): strongest images, "
                    + "dead units and prototypes are of each run’s own. Correlations are over the same images for both.")
        }
        // Where B's are others than A's, that has been said.
        if one.listing != images.listing { remarks.append("Correlations are over other images than those of run A.") }
        if images.count < images.found - images.skipped.count {
            remarks.append("Correlations are over \(Number.grouped(images.count)) of the \(Number.grouped(images.found)) images, spread evenly.")
        }
        if images.count < 100 {
            remarks.append("Correlations over only \(Number.count(images.count, "image")) are uncertain: unrelated units can reach large ones by chance.")
        }
        return remarks
    }

    private func row(_ number: Int, _ layer: RunDifference.Layer) -> Fields {
        func count(_ status: RunDifference.Status) -> String { Number.grouped(layer.counts[status] ?? 0) }
        return [
            "layer": Self.name(layer), "href": path(number, nil), "firstUnits": Number.grouped(layer.firstUnits),
            "secondUnits": Number.grouped(layer.secondUnits), "kept": count(.kept), "moved": count(.moved), "lost": count(.lost), "born": count(.born),
            "constant": Number.grouped((layer.counts[.constant] ?? 0) + (layer.counts[.constantInSecond] ?? 0)),
            "same": layer.medianSame.map { Number.correlation($0) }, "oneToOne": layer.meanOneToOne.map { Number.correlation($0) },
        ]
    }

    static func name(_ layer: RunDifference.Layer) -> String { layer.hasPermanentNumbers ? layer.first : "\(layer.first) and \(layer.second)" }

    // MARK: The pages of a pair of layers

    private func folder(_ number: Int, _ status: RunDifference.Status?) -> String {
        let layer = difference.layers[number]
        let key = RunPath.key(for: layer.hasPermanentNumbers ? layer.first : "\(layer.first)=\(layer.second)")
        return "layers/\(key)" + (status.map { "/\(Self.address($0))" } ?? "")
    }

    private func path(_ number: Int, _ status: RunDifference.Status?) -> String { folder(number, status) + "/index.html" }

    private static func address(_ status: RunDifference.Status) -> String { status == .constantInSecond ? "constant-in-b" : status.rawValue }

    static func words(_ status: RunDifference.Status) -> String {
        switch status {
        case .constant: "constant in A"
        case .constantInSecond: "constant in B"
        default: status.rawValue
        }
    }

    /// Writes the pages; returns the rows that the overview chooses from.
    private func writePages(of layer: RunDifference.Layer, number: Int) throws -> [(unit: RunDifference.Unit, fields: Fields)] {
        let contents = (try first.layer(layer.first), try second.layer(layer.second))
        let rows = try layer.units.map { try fields(of: $0, in: layer, contents) }
        let statuses = RunDifference.Status.allCases.filter { (layer.counts[$0] ?? 0) > 0 }
        for shown in [nil] + statuses.map(Optional.some) {
            let places = layer.units.indices.filter { shown == nil || layer.units[$0].status == shown }
            let parts = PartPages(of: places.count, size: Self.rows, in: folder(number, shown))
            for part in 1...parts.count {
                var fields: Fields = [
                    "layer": Self.name(layer), "layerPage": path(number, nil), "status": shown.map(Self.words),
                    "threshold": Number.plain(Double(difference.threshold)), "images": Number.count(difference.images.count, "image"),
                    "hasPermanentNumbers": layer.hasPermanentNumbers,
                    "filters": [filter("all", layer.units.count, path(number, nil), isHere: shown == nil)]
                        + statuses.map { filter(Self.words($0), layer.counts[$0] ?? 0, path(number, $0), isHere: shown == $0) },
                    "rows": parts.places(on: part).map { rows[places[$0]] }, "showsLayer": false,
                ]
                fields.add(parts.fields(on: part))
                let title = Self.name(layer) + (shown.map { ", \(Self.words($0))" } ?? "") + (part == 1 ? "" : ", page \(part)")
                try booklet.write("difference-layer", fields, to: parts.path(part), title: title)
            }
        }
        let changed = layer.units.indices.filter { ![.constant, .constantInSecond].contains(layer.units[$0].status) }
        return changed.prefix(Self.shownOnOverview).map { (layer.units[$0], rows[$0]) }
    }

    private func filter(_ name: String, _ count: Int, _ path: String, isHere: Bool) -> Fields {
        ["name": name, "count": Number.grouped(count), "href": path, "isHere": isHere]
    }

    private func fields(
        of unit: RunDifference.Unit, in layer: RunDifference.Layer, _ contents: (LayerContent?, LayerContent?)
    ) throws -> Fields {
        func match(_ match: RunDifference.Match?) -> Fields? {
            match.map { ["unit": String($0.unit), "side": unit.unit == nil ? "A" : "B", "correlation": Number.correlation($0.correlation)] }
        }
        // Of a unit without a counterpart the nearest there is: people want to see for themselves.
        let one = try (unit.unit ?? unit.best?.unit).map { try first.unit($0, of: contents.0, isNearest: unit.unit == nil) }
        let other = try (unit.counterpart ?? unit.best?.unit).map { try second.unit($0, of: contents.1, isNearest: unit.counterpart == nil) }
        return [
            "status": Self.words(unit.status), "layer": Self.name(layer),
            "correlation": [.kept, .moved].contains(unit.status) ? unit.correlation.map { Number.correlation($0) } : nil,
            "same": layer.hasPermanentNumbers && unit.best != nil ? unit.same.map { Number.correlation($0) } ?? "undefined" : nil,
            "oneToOne": match(unit.oneToOne), "best": match(unit.best),
            "isUndefined": unit.best == nil, "first": one, "second": other,
            "shared": unit.unit.flatMap { own in unit.counterpart.flatMap { shared((contents.0, own), (contents.1, $0)) } },
        ]
    }

    /// How many of the strongest images two units have in common; nil where the runs looked at different ones.
    private func shared(_ one: (LayerContent?, Int), _ other: (LayerContent?, Int)) -> String? {
        guard difference.first.listing == difference.second.listing, let a = ComparedRun.strongest(one.1, of: one.0),
            let b = ComparedRun.strongest(other.1, of: other.0), !a.isEmpty, !b.isEmpty
        else { return nil }
        return "\(Set(a).intersection(b).count) of \(min(a.count, b.count))"
    }
}
