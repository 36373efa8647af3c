import Run

/// Method, reproduction and the page for addresses that do not exist.
struct StandingPages {
    let context: SiteContext
    let summaries: [LayerSummary]
    let parts: [any SitePart]

    func write() throws {
        try writeMethod()
        try writeReproduce()
        // The host serves it under any address, so no relative link in it could be right.
        try context.folder.write(
            context.templates.render("404", ["siteTitle": context.content.manifest.title]), to: "404.html")
    }

    /// What was done, and nothing that was not: the template asks for each part of the analysis whether it was run.
    private func writeMethod() throws {
        let content = context.content
        let network = content.network
        let options = content.manifest.options
        let preprocessing = network.preprocessing
        let unitPrototypes = summaries.reduce(0) { $0 + $1.prototypes }
        // What differs from prototype to prototype is told by example: the first class, the last layer's first unit.
        let examples = [content.classPrototypes.min { $0.key < $1.key }?.value, summaries.last { $0.example != nil }?.example]
            .compactMap { $0 }.map(example)
        var fields: Fields = [
            "network": network.displayName, "images": Number.grouped(content.manifest.images.used),
            "isLabelled": content.manifest.images.isLabelled, "input": Number.shape(network.inputShape),
            "resize": preprocessing.resize.map(String.init), "stretch": preprocessing.stretch.map(Number.shape),
            "cover": preprocessing.cover.map(Number.shape),
            "isWhole": preprocessing.resize == nil && preprocessing.stretch == nil && preprocessing.cover == nil,
            "filter": preprocessing.filter, "crop": Number.shape(preprocessing.crop),
            "isGrey": preprocessing.channelOrder == "grey", "isBlueFirst": preprocessing.channelOrder == "BGR",
            "range": "[\((preprocessing.valueRange ?? [0, 1]).map { Number.plain(Double($0)) }.joined(separator: ", "))]",
            "hasOrigins": !preprocessing.origins.isEmpty, "hasAssumptions": !preprocessing.assumptions.isEmpty,
            "origins": preprocessing.origins.map { ["source": $0.source, "parts": $0.parts.joined(separator: ", ")] as Fields },
            "mean": preprocessing.mean.map { Number.plain(Double($0)) }.joined(separator: ", "),
            "deviation": preprocessing.standardDeviation.map { Number.plain(Double($0)) }.joined(separator: ", "),
            "strongest": Number.grouped(options.strongest),
            "hasStatistics": !summaries.isEmpty, "layers": summaries.map(\.layer.name).joined(separator: ", "),
            "hasPrototypes": unitPrototypes > 0 || !content.classPrototypes.isEmpty,
            "hasUnitPrototypes": unitPrototypes > 0, "hasClassPrototypes": !content.classPrototypes.isEmpty,
            "unitPrototypes": Number.count(unitPrototypes, "unit"),
            "classPrototypes": Number.count(content.classPrototypes.count, "class", "classes"),
            "examples": examples, "hasConcepts": options.concepts != "none",
            "references": Number.grouped(options.references), "steps": Number.grouped(options.steps),
            "warmup": Number.grouped(options.warmup), "learningRate": Number.plain(Double(options.learningRate)),
            "jitter": String(options.jitter), "hasJitter": options.jitter > 0, "seed": String(options.seed),
            "seeds": String(options.seeds), "hasSeeds": options.seeds > 1,
            "isHalfFirst": options.schedule == "half-resolution", "isLong": options.schedule == "long",
            "coordinates": coordinates, "clamps": options.schedule != "long" && options.coordinates == nil,
            "relevanceEvery": unitPrototypes > 0 ? options.relevanceEvery.map(Number.grouped) : nil, "flips": options.flip == true, "mayFlip": options.flip == nil,
            "diversity": unitPrototypes > 0 && options.diversity > 0
                ? [
                    "weight": Number.plain(Double(options.diversity)), "rest": Number.plain(1 - Double(options.diversity)),
                ] as Fields : nil,
            "relevance": unitPrototypes > 0 ? relevance : nil, "windows": unitPrototypes > 0 ? windows : nil,
            "directions": options.directionsSummary,
            "hasNegated": options.layers.contains { NegatedLayer.original(of: $0) != nil },
            "lineUp": summaries.contains { $0.hasLineUps } && content.presentation.realImages != .none ? lineUp : nil,
            "stopsEarly": options.earlyStop, "options": Fields(options.recorded()),
        ]
        fields.add(sectionMethods())
        for part in parts { fields.add(try part.method(context)) }
        let text = try context.templates.render("method", fields.forMarkdown())
        let article = try Self.scrollable(formulas: Markdown.html(text, allowsHTML: true).html)
        try context.write("method-page", ["article": Markup(article)], to: "method.html", title: "Method", section: .method)
    }

    /// `html` with every formula on a line of its own in a box that the keyboard can scroll. They stand in paragraphs.
    private static func scrollable(formulas html: String) -> String {
        let begin = "<math display=\"block\">", end = "</math>"
        var parts = html.split(separator: begin, omittingEmptySubsequences: false).map(String.init)
        for place in parts.indices.dropFirst() {
            let halves = parts[place].split(separator: end, maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else { continue }
            parts[place] = "<span class=\"formula\" role=\"group\" aria-label=\"Formula\" tabindex=\"0\">\(begin)\(halves[0])\(end)</span>\(halves[1])"
        }
        return parts.joined()
    }

    /// What pictures were written in while they were optimised; nil for their pixels.
    private var coordinates: Fields? {
        guard let text = context.content.manifest.options.coordinates else { return nil }
        let parts = text.split(separator: "+"), basis = parts.first.map(String.init) ?? text
        return [
            "isFourier": basis.hasPrefix("fourier"), "isSpectrum": basis == "spectrum",
            "exponent": basis.hasPrefix("fourier:") ? String(basis.dropFirst("fourier:".count)) : "1",
            "hasColours": parts.contains("colours"),
        ]
    }

    /// How features of units were masked, and what is shown of it.
    private var relevance: Fields {
        let options = context.content.manifest.options
        return [
            "composite": options.composite, "summary": options.compositeSummary, "isGuided": options.composite == "guided-backprop",
            "isPublished": options.inner == "published", "isBalanced": options.inner == "balanced",
            "hasMasked": summaries.contains { $0.hasMaskedPictures }, "hasHeatMaps": summaries.contains { $0.hasHeatMaps },
        ]
    }

    /// Which part of an image a reference of a unit is.
    private var windows: Fields? {
        let options = context.content.manifest.options
        guard options.window != "none" else { return nil }
        let isReceptive = options.window == "receptive"
        return [
            "isReceptive": isReceptive, "side": isReceptive ? nil : options.window,
            "stride": Number.percent(options.windowStride), "isWhole": options.referencesAs == "image",
        ]
    }

    private var lineUp: Fields {
        let content = context.content
        return [
            "drawn": Number.grouped(content.lineUpDrawn), "seed": String(content.manifest.options.seed),
            "hasWindows": content.lineUp.contains { $0.question.pictures.contains { $0.window != nil } },
            "hasPage": !content.lineUp.isEmpty,
            "four": String(content.lineUp.first?.question.pictures.count { $0.excites } ?? 4),
            "judged": summaries.lazy.compactMap(\.judgement).first.map { ["judge": $0.judge, "layers": $0.layers.joined(separator: ", ")] as Fields },
        ]
    }

    private func example(_ prototype: Prototype) -> Fields {
        let subject =
            switch prototype.target {
            case .classOutput(let index): "the class \(context.content.className(index))"
            case .unit(let layer, let unit): "unit \(unit) of \(layer)"
            case .concept(let layer, let index): "concept \(index) of \(layer)"
            case .facet(let layer, let unit, let index): "facet \(index + 1) of unit \(unit) of \(layer)"
            }
        return [
            "subject": subject, "referenceChoice": prototype.referenceChoice,
            "matched": prototype.matching.map { "\($0.layer) (\(Number.plain(Double($0.weight))))" }.joined(separator: ", ")
                + (prototype.prior.map {
                    "; and the picture’s total variation (\(Number.plain(Double($0.totalVariation)))) and norm (\(Number.plain(Double($0.norm))))"
                } ?? ""),
        ]
    }

    private func writeReproduce() throws {
        let manifest = context.content.manifest
        let network = manifest.network
        let images = manifest.images
        let options = manifest.options
        func rows(_ list: [(String, String)]) -> [Fields] { list.map { ["name": $0.0, "value": $0.1] } }
        let fields: Fields = [
            "command": options.command,
            "bibTeX": Citation.bibTeX(manifest, author: context.content.presentation.author, url: context.content.presentation.baseURL),
            "licence": context.content.presentation.licence, "showsReal": context.content.presentation.realImages != .none,
            "network": rows([
                ("network", network.displayName), ("architecture", network.architecture),
                ("checkpoint", network.checkpoint.fileName),
                ("size", Number.bytes(network.checkpoint.bytes)), ("format", network.checkpoint.format),
                ("SHA-256", network.checkpoint.sha256), ("parameters", Number.grouped(network.parameters)),
                ("input", Number.shape(network.inputShape)),
            ]),
            "images": rows([
                ("folder", images.path), ("found", Number.grouped(images.found)), ("used", Number.grouped(images.used)),
                ("skipped", Number.grouped(images.skipped.count)), ("classes known", images.isLabelled ? "yes" : "no"),
                ("SHA-256 of the listing", images.listing),
            ]),
            "options": rows(options.recorded(isLabelled: images.isLabelled).rows),
            "tool": rows([
                ("program", "\(manifest.tool.name) \(manifest.tool.version)"), ("numerical library", manifest.tool.engine),
            ]),
            "skipped": images.skipped.map { ["path": $0.path, "reason": $0.reason] as Fields },
            "hasSkipped": !images.skipped.isEmpty,
        ]
        try context.write("reproduce", fields, to: "reproduce.html", title: "Reproduce", section: .reproduce)
    }
}
