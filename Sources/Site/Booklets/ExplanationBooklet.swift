import Diagnostics
import FoundationEssentials
public import Run

/// Pages about pictures that a run's network was asked about: one for each, and a list of them where there are several. Pictures are added
/// one after the other, so that memory does not grow with them.
public final class ExplanationBooklet {
    /// All numbers.
    public static let numbers = "explain.json"
    private static let listed = 60

    private let booklet: Booklet
    private let context: SiteContext
    private let layers: [String: LayerContent]
    private let site: NeighbouringSite?
    private let isSingle: Bool
    private var document: Document
    private var entries: [Fields] = []

    /// What `explain.json` holds.
    private struct Document: Encodable {
        var formatVersion = 1
        var tool: RunManifest.Tool
        var command: String
        var run: Source
        var images: [Explanation] = []
        /// Names of the classes that are mentioned, by number.
        var classes: [Int: String] = [:]
        var skipped: [ImageSetDescription.Skipped] = []

        struct Source: Encodable {
            var title: String
            var architecture: String
            var checkpoint: NetworkDescription.Checkpoint
            var preprocessing: NetworkDescription.Preprocessing
            /// Images that percentiles count among, and SHA-256 over their paths and sizes.
            var images: Int
            var listing: String
        }
    }

    /// Begins pages about `count` pictures, which will be at `out`.
    ///
    /// - Parameters:
    ///   - run: the run whose units are spoken of.
    ///   - templates: a folder whose files replace the program's own; nil for none.
    ///   - realImages: how images of the run are shown, where they stand for units without a prototype.
    /// - Throws: `Problem` when there is something else at `out`, or a document of the run is damaged.
    public init(
        run: RunFolder, count: Int, to out: String, templates: String?, realImages: SitePresentation.RealImages, tool: RunManifest.Tool,
        command: String
    ) throws {
        let content = try RunContent(run, SitePresentation(realImages: realImages)), manifest = content.manifest
        site = NeighbouringSite.find(around: out, of: manifest)
        isSingle = count == 1
        booklet = try Booklet(
            .init(
                title: "Explained by \(manifest.network.displayName)",
                about: "\(manifest.network.displayName), checkpoint \(manifest.network.checkpoint.sha256.prefix(8)).", tool: tool,
                numbers: Self.numbers, sites: [site?.page("index.html")].compactMap { $0.map { (manifest.title, $0) } },
                imageNotice: content.presentation.imageNotice),
            to: out, templates: templates)
        context = SiteContext(content: content, templates: booklet.templates, folder: booklet.folder, imageFolder: "units/images")
        var layers: [String: LayerContent] = [:]
        for layer in content.reportedLayers { layers[layer.name] = try LayerContent(layer, of: run) }
        self.layers = layers
        document = Document(
            tool: tool, command: command,
            run: .init(
                title: manifest.title, architecture: manifest.network.architecture, checkpoint: manifest.network.checkpoint,
                preprocessing: manifest.network.preprocessing, images: manifest.images.used, listing: manifest.images.listing))
    }

    /// Throws the `Problem` that pages would meet at `out` for its place: before any work, so that none is in vain.
    public static func checkDestination(_ out: String) throws { try Booklet.checkDestination(out, numbers: numbers) }

    /// Adds the page of picture `number`, counted from 0, with its files: the picture in `format`, the relevance over it and, by path, the
    /// maps of units.
    public func add(
        _ explanation: Explanation, number: Int, picture: [UInt8], format: String, relevance: [UInt8]?, maps: [String: [UInt8]]
    ) throws {
        let folder = String(number + 1), place = "\(folder)/picture.\(format)"
        try booklet.folder.write(picture, to: place)
        if let relevance { try booklet.folder.write(relevance, to: "\(folder)/relevance.png") }
        for (path, bytes) in maps { try booklet.folder.write(bytes, to: path) }
        document.images.append(explanation)
        for prediction in explanation.predictions { document.classes[prediction.index] = context.content.className(prediction.index) }
        // As many layers a page as keep it below 100 kB.
        let units = explanation.layers.map { $0.excited.count + $0.relevant.count }.max() ?? 0
        let parts = PartPages(of: explanation.layers.count, size: max(1, 64 / max(1, units)), in: isSingle ? "" : folder)
        let title = PlainText.clipped(explanation.path, to: 80)
        for part in 1...parts.count {
            var fields = try self.fields(of: explanation, picture: place, hasRelevance: relevance != nil, folder)
            fields.add(parts.fields(on: part))
            fields["layers"] = try explanation.layers[parts.places(on: part)].enumerated().map {
                try self.fields(of: $1, number: $0, picture: place, explanation)
            }
            try booklet.write("explanation", fields, to: parts.path(part), title: part == 1 ? title : "\(title), page \(part)")
        }
        guard !isSingle else { return }
        entries.append([
            "href": parts.path(1), "path": explanation.path, "picture": context.picture(place, alt: "", .medium),
            "prediction": explanation.predictions.first.map { "\(context.content.className($0.index)), \(Number.percent($0.probability))" },
        ])
    }

    /// Adds a picture that could not be read.
    public func skip(_ path: String, reason: String) { document.skipped.append(.init(path: path, reason: reason)) }

    /// Removes what was written: it will not be published.
    public func discard() { booklet.folder.discard() }

    /// Writes what remains and puts all in its place; returns the number of pages.
    ///
    /// - Throws: `Problem` when there is none, since no picture could be read.
    public func publish() throws -> Int {
        guard !document.images.isEmpty else {
            throw Problem(
                isSingle ? "The picture could not be read" : "None of the pictures could be read",
                explanation: document.skipped.first.map { "\(isSingle ? "" : "The first one: ")\($0.path): \($0.reason)." })
        }
        if !isSingle { try writeList() }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // JSON has no other numbers: broken weights make some.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        try booklet.folder.write([UInt8](encoder.encode(document)) + [UInt8(ascii: "\n")], to: Self.numbers)
        return try booklet.publish()
    }

    private func writeList() throws {
        let parts = PartPages(of: entries.count, size: Self.listed, in: "")
        for part in 1...parts.count {
            var fields: Fields = [
                "network": context.content.network.displayName, "count": Number.count(entries.count, "picture"),
                "entries": Array(entries[parts.places(on: part)]), "skipped": skipped, "hasSkipped": !document.skipped.isEmpty,
                "command": document.command,
            ]
            fields.add(parts.fields(on: part))
            try booklet.write("explanations", fields, to: parts.path(part), title: part == 1 ? "Pictures" : "Pictures, page \(part)")
        }
    }

    private var skipped: [Fields] { document.skipped.map { ["path": $0.path, "reason": $0.reason] } }

    // MARK: The page of a picture

    private func fields(of explanation: Explanation, picture: String, hasRelevance: Bool, _ folder: String) throws -> Fields {
        let content = context.content, shown = context.picture(picture, alt: "\(explanation.path), as the network sees it", .large, isLazy: false)
        return [
            "path": explanation.path, "sha256": explanation.sha256, "hasList": !isSingle, "picture": shown,
            "network": content.network.displayName, "preprocessing": content.network.preprocessing.words,
            "prediction": explanation.predictions.first.map { context.content.className($0.index) },
            "probability": explanation.predictions.first.map { Number.percent($0.probability) },
            "hasPredictions": !explanation.predictions.isEmpty,
            "predictions": explanation.predictions.map { prediction -> Fields in
                [
                    "class": ["name": content.className(prediction.index), "href": site?.page("classes/\(prediction.index)/index.html")] as Fields,
                    "probability": Number.percent(prediction.probability), "bar": ShareBar.ornament(prediction.probability, width: 120),
                ]
            },
            "relevance": explanation.relevance.map { relevance -> Fields in
                [
                    "composite": relevance.composite, "class": content.className(relevance.classIndex), "layer": relevance.layer,
                    "isInput": relevance.layer == "input", "started": Number.short(relevance.started), "residual": Number.short(relevance.residual),
                    "lost": Number.percent(relevance.residual),
                    "limit": Number.short(relevance.limit), "overlay": hasRelevance ? overlay("\(folder)/relevance.png", over: picture, .large) : nil,
                    "label": "Relevance for \(content.className(relevance.classIndex)) in \(explanation.path)",
                ]
            },
            "curves": explanation.curves.map(curves),
            "hasAccents": !(explanation.accentuations ?? []).isEmpty,
            "kept": explanation.accentuations?.first.map { $0.kept == "input" ? "the picture itself" : $0.kept },
            "accents": try (explanation.accentuations ?? []).map { try fields(of: $0, picture: shown) },
            "noRelevance": explanation.relevance == nil && !explanation.predictions.isEmpty,
            "images": Number.count(content.manifest.images.used, "image"), "command": document.command,
            "skipped": skipped, "hasSkipped": isSingle && !document.skipped.isEmpty,
        ]
    }

    private static let maps = [("relevance", "curve"), ("gradient", "real"), ("random", "quiet")]

    /// How well maps name the pixels that count.
    private func curves(_ curves: Explanation.Curves) -> Fields {
        let shares = (0...max(1, curves.steps)).map { Number.percent(Float($0) / Float(max(1, curves.steps))) }
        func chart(_ title: String, _ id: String, _ values: (Explanation.Curves.Map) -> [Float]) -> Markup? {
            let series = Self.maps.reversed().compactMap { name, style in
                curves.maps.first { $0.map == name }.map { LineChart.Series(name: name, values: values($0), style: style) }
            }
            return LineChart(places: shares, axis: "probability", series: series).chart(id: id, title: title)
        }
        return [
            "deletion": chart("Probability of the class with pixels taken away", "deletion", \.deletion),
            "insertion": chart("Probability of the class with pixels put in", "insertion", \.insertion), "draws": Number.grouped(curves.draws),
            "rows": curves.maps.map { map -> Fields in
                ["map": map.map, "deletion": Number.short(map.deletionArea), "insertion": Number.short(map.insertionArea)]
            },
        ]
    }

    /// A picture before and after it was pushed towards a unit.
    private func fields(of accent: Explanation.Accentuation, picture: Fields) throws -> Fields {
        func prediction(_ prediction: Explanation.Prediction?) -> String? {
            prediction.map { "\(context.content.className($0.index)), \(Number.percent($0.probability))" }
        }
        let subject = "unit \(accent.unit) of \(accent.layer)"
        return [
            "subject": subject, "href": site?.page("layers/\(accent.key)/\(accent.unit)/index.html"), "before": picture,
            "after": context.picture(accent.picture, alt: "Pushed towards \(subject)", .large),
            "change": context.picture(accent.difference, alt: "The difference, on grey", .large),
            "gain": Number.short(127 / Float(max(1, accent.largestChange))), "meanChange": Number.short(accent.meanChange),
            "activation": Number.short(accent.activation), "activationAfter": Number.short(accent.activationAfter),
            "largest": accent.largest > 0 ? Number.short(accent.largest) : nil,
            "percentile": accent.percentileAfter.map { Number.percent($0 / 100) },
            "prediction": prediction(accent.prediction), "predictionAfter": prediction(accent.predictionAfter),
            "probabilityAfter": accent.predictionAfter?.index == accent.prediction?.index ? nil : accent.probabilityAfter.map(Number.percent),
            "class": accent.prediction.map { context.content.className($0.index) },
        ]
    }

    /// A map over the whole picture.
    private func overlay(_ map: String?, over picture: String, _ size: SiteContext.Size) -> Fields {
        let whole = context.content.inputSize
        var fields = context.picture(picture, alt: "", size)
        fields["wholeWidth"] = String(whole.width)
        fields["wholeHeight"] = String(whole.height)
        fields["heat"] = map
        return fields
    }

    private func fields(of layer: Explanation.Layer, number: Int, picture: String, _ explanation: Explanation) throws -> Fields {
        let relevantClass = explanation.relevance.map { context.content.className($0.classIndex) }
        return [
            "layer": layer.layer, "href": site?.page("layers/\(layer.key)/index.html"), "id": "layer-\(number)",
            "shape": Number.shape(layer.shape), "images": Number.count(layer.images, "image"),
            "arrived": layer.arrived.map { Number.signedPercent($0) }, "residual": layer.residual.map { Number.short($0) },
            "isLeaky": (layer.residual ?? 0) > 0.05, "class": relevantClass,
            "hasExcited": !layer.excited.isEmpty, "excited": try layer.excited.map { try fields(of: $0, layer, picture, isRelevant: false) },
            "hasRelevant": !layer.relevant.isEmpty, "relevant": try layer.relevant.map { try fields(of: $0, layer, picture, isRelevant: true) },
        ]
    }

    private func fields(of finding: Explanation.Finding, _ layer: Explanation.Layer, _ picture: String, isRelevant: Bool) throws -> Fields {
        var fields: Fields = [
            "unit": String(finding.unit), "href": site?.page("layers/\(layer.key)/\(finding.unit)/index.html"),
            "activation": Number.short(finding.activation), "percentile": Self.rank(finding),
            "multiple": isRelevant ? nil : finding.multipleOfLargest.map { Number.short($0) }, "share": finding.share.map { Number.signedPercent($0) },
            "isRelevant": isRelevant, "where": overlay(finding.map, over: picture, .small), "window": context.frame(finding.window),
        ]
        if let content = layers[layer.layer], let card = try unitPicture(finding.unit, of: content) {
            fields["card"] = context.picture(card.path, alt: "", .small)
            fields["isReal"] = card.isReal
        }
        return fields
    }

    /// `above 99.8 % of images`.
    private static func rank(_ finding: Explanation.Finding) -> String? {
        guard let percentile = finding.percentile else { return nil }
        return percentile >= 100 ? "above all images" : percentile <= 0 ? "above no image" : "above \(Number.percent(percentile / 100)) of images"
    }

    /// The picture that stands for a unit: its prototype, else the real image that excites it most.
    private func unitPicture(_ unit: Int, of layer: LayerContent) throws -> (path: String, isReal: Bool)? {
        if let prototype = layer.prototypes[unit], let path = try context.prototypePath(prototype, at: "units/\(layer.key)/\(unit).png") {
            return (path, false)
        }
        guard layer.statistics.units.indices.contains(unit), let first = layer.statistics.units[unit].strongest.first else { return nil }
        return try context.imagePath(first.image).map { ($0, true) }
    }
}
