import Diagnostics
import Run

/// The neuron card: everything the run knows of one unit, on one page.
struct UnitPage {
    let context: SiteContext
    let layer: LayerContent
    let unit: LayerStatistics.Unit
    let previous: Int?
    let next: Int?

    /// The place of a unit's prototype in the site.
    static func picturePath(_ layer: LayerContent, _ unit: Int) -> String { "\(layer.folder)/\(unit)/prototype.png" }

    func write() throws {
        let title = "\(layer.name) · unit \(unit.unit)"
        let prototype = layer.prototypes[unit.unit]
        let manifest = context.content.manifest
        let top = unit.topClasses(8)
        var fields: Fields = [
            "layer": layer.name, "layerPage": "\(layer.folder)/index.html", "unit": String(unit.unit),
            "page": layer.page(of: unit.unit),
            "previous": previous.map { ["unit": String($0), "href": layer.page(of: $0)] as Fields },
            "next": next.map { ["unit": String($0), "href": layer.page(of: $0)] as Fields },
            "isDead": unit.isDead,
            "images": Number.grouped(layer.statistics.images),
            "respondsTo": top.prefix(3).map { context.classLink($0.index) },
            "hasRespondsTo": !top.isEmpty,
            "statistics": statistics, "command": manifest.options.command,
            "bibTeX": Citation.bibTeX(manifest, subject: "Unit \(unit.unit) of \(layer.name)", key: "\(layer.key)-\(unit.unit)"),
            "histogram": ActivationHistogram.chart(
                unit.histogram, mark: prototype?.trust.activation, id: "activations", unit: "unit \(unit.unit)"),
            "classBars": classBars(top), "hasClassBars": !top.isEmpty,
        ]
        if let prototype {
            if let path = try context.prototypePath(prototype, at: Self.picturePath(layer, unit.unit)) {
                fields["prototype"] = context.picture(
                    path, alt: "Prototype of unit \(unit.unit) of \(layer.name)", .large, isLazy: false)
                fields["fileName"] = "\(layer.key)-\(unit.unit).png"
            }
            fields["trust"] = trust(prototype)
            let others = try context.otherSeeds(
                prototype, of: "unit \(unit.unit) of \(layer.name)", in: "\(layer.folder)/\(unit.unit)")
            fields["otherSeeds"] = others
            fields["hasOtherSeeds"] = !others.isEmpty
            let place = "\(layer.folder)/\(unit.unit)"
            fields["masked"] = try context.masked(prototype, of: "unit \(unit.unit) of \(layer.name)", in: place)
            fields["heatMaps"] = try context.heatMaps(prototype, in: place)
            if let question = layer.lineUps[unit.unit] {
                fields["question"] = try LineUpQuestion(context: context, layer: layer.name, question: question).fields()
            }
            fields["matching"] = context.matching(prototype)
            fields["lossCurve"] = LossCurve.chart(prototype.lossCurve, id: "loss", subject: "the prototype of unit \(unit.unit)")
            fields["references"] = prototype.references.isEmpty ? nil : try context.references(prototype, .tiny)
        }
        fields["opposite"] = try opposite()
        let strongest = try unit.strongest.enumerated().compactMap { try exemplar($1, rank: $0 + 1) }
        fields["strongest"] = strongest
        fields["hasStrongest"] = !strongest.isEmpty
        try context.write("unit", fields, to: layer.page(of: unit.unit), title: title, section: .layers)
    }

    /// The same unit looked at the other way, where the run did: its page and its prototype.
    private func opposite() throws -> Fields? {
        let original = NegatedLayer.original(of: layer.name), other = original ?? NegatedLayer.name(of: layer.name)
        guard context.content.manifest.options.layers.contains(other) else { return nil }
        let key = RunPath.key(for: other)
        var fields: Fields = ["isInhibition": original == nil, "layer": other, "href": "layers/\(key)/\(unit.unit)/index.html"]
        if let prototype = try context.content.run.read(Prototype.self, from: .prototype(layer: other, unit: unit.unit)),
            let path = try context.prototypePath(prototype, at: "layers/\(key)/\(unit.unit)/prototype.png")
        {
            fields["picture"] = context.picture(path, alt: "Prototype of unit \(unit.unit) of \(other)", .medium)
        }
        return fields
    }

    var statistics: [Fields] {
        var rows: [(String, String)] = [
            ("mean activation", Number.short(unit.mean)), ("standard deviation", Number.short(unit.standardDeviation)),
            ("smallest", Number.short(unit.minimum)), ("largest", Number.short(unit.maximum)),
            ("active positions", Number.percent(unit.activePositions)),
            ("images that excite it", Number.percent(unit.activeImages)),
        ]
        if let selectivity = unit.selectivity { rows.append(("class selectivity", Number.short(selectivity))) }
        return rows.map { ["name": $0.0, "value": $0.1] }
    }

    func classBars(_ top: [(index: Int, mean: Float)]) -> [Fields] {
        let largest = top.first?.mean ?? 1
        return top.map { entry in
            [
                "class": context.classLink(entry.index), "value": Number.short(entry.mean),
                "bar": ShareBar.ornament(entry.mean / largest, width: 120),
            ]
        }
    }

    func exemplar(_ exemplar: LayerStatistics.Exemplar, rank: Int) throws -> Fields? {
        guard var fields = try context.realImage(exemplar.image, .medium) else { return nil }
        fields["rank"] = String(rank)
        fields["activation"] = Number.short(exemplar.activation)
        fields["window"] = context.frame(exemplar.window)
        return fields
    }

    /// Does it hold? In facts rather than grades: against the strongest real image, against all of them.
    func trust(_ prototype: Prototype) -> Fields {
        let trust = prototype.trust
        let verdict: String
        switch (trust.multipleOfLargest, trust.percentile) {
        case (let multiple?, _) where multiple >= 1: verdict = "Stronger than every real image"
        case (_, let percentile?): verdict = "Stronger than \(Number.percent(percentile / 100)) of the real images"
        case (.some, nil): verdict = "Weaker than the strongest real image"
        default: verdict = "No real image to compare it with"
        }
        return [
            "verdict": verdict, "isAbove": (trust.multipleOfLargest ?? 0) >= 1,
            "isDoubtful": trust.isDoubtful,
            "activation": Number.short(trust.activation), "largest": Number.short(unit.maximum),
            "multiple": trust.multipleOfLargest.map { Number.short($0) },
            "agreement": trust.seedAgreement.map { Number.short($0) }, "seeds": String(prototype.otherSeeds.count + 1),
            "predicted": trust.predicted.map(context.classLink),
            "predictedProbability": trust.predictedProbability.map(Number.percent),
        ]
    }
}
