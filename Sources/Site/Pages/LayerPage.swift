import Run

/// A layer: its units as a grid of cards, and how they differ.
struct LayerPage {
    let context: SiteContext
    let layer: LayerContent

    /// Cards a page: with what the first page has besides, below 100 kB.
    static let cards = 72

    func write() throws {
        let units = layer.statistics.units
        let parts = PartPages(of: units.count, size: Self.cards, in: layer.folder)
        let dead = layer.deadUnits
        var script = UnitScript(folder: layer.folder, size: context.smallPictureSize, isJudged: !layer.judged.isEmpty, hasClarity: layer.clarity != nil)
        let cards = try units.map { try card($0, &script) }
        for number in 1...parts.count {
            var fields: Fields = [
                "layer": layer.name, "units": Number.count(units.count, "unit"), "images": Number.count(layer.statistics.images, "image"),
                "hasDead": !dead.isEmpty, "hasPrototypes": !layer.prototypes.isEmpty, "hasJudged": !layer.judged.isEmpty, "hasClarity": layer.clarity != nil,
                "hasSelectivity": units.contains { !$0.isDead && $0.selectivity != nil }, "hasClasses": !script.classes.isEmpty,
                "script": "\(layer.folder)/units.js", "perPage": String(Self.cards), "cards": Array(cards[parts.places(on: number)]),
            ]
            fields.add(parts.fields(on: number))
            if number == 1 { try addFirst(to: &fields) }
            let title = number == 1 ? layer.name : "\(layer.name), page \(number)"
            try context.write("layer", fields, to: parts.path(number), title: title, section: .layers)
        }
        try context.folder.write(UnitTable(context: context, layer: layer).text, to: "\(layer.folder)/units.csv")
        try context.folder.write(DataScript.text(script, key: "\(layer.folder)/units.js"), to: "\(layer.folder)/units.js")
    }

    /// What the first page says of the layer as a whole.
    private func addFirst(to fields: inout Fields) throws {
        let units = layer.statistics.units
        let selectivities = units.compactMap { $0.isDead ? nil : $0.selectivity }
        let dead = layer.deadUnits
        if let note = context.content.notes.layers[layer.name] { fields.add(note.fields) }
        fields.add([
            "kind": layer.description.kind, "shape": Number.shape(layer.statistics.shape),
            "parameters": Number.grouped(layer.description.parameters), "dead": Number.grouped(dead.count),
            "deadShare": Number.percent(units.isEmpty ? 0 : Float(dead.count) / Float(units.count)),
            "prototypes": Number.grouped(layer.prototypes.count), "isPartial": layer.prototypes.count < units.count - dead.count,
            "showsReal": context.content.presentation.realImages != .none,
            "table": "\(layer.folder)/units.csv",
            "activity": ShareChart.chart(
                units.map(\.activeImages), id: "activity", title: "Activity of the units of \(layer.name)",
                axis: "share of images that activate the unit"),
            "selectivity": selectivities.isEmpty
                ? nil
                : ShareChart.chart(
                    selectivities, id: "selectivity", title: "Class selectivity of the units of \(layer.name)", axis: "class selectivity"),
            "map": layer.similarity.map { _ in UnitMapPage.path(layer) },
            "redundant": layer.similarity.flatMap { $0.redundant.count > 0 ? Number.count($0.redundant.count, "pair") : nil },
        ])
        if let directions = layer.directions { fields["directions"] = DirectionFields.fields(directions, units, of: layer.name) }
        if let words = layer.words {
            let named = words.units.count { !$0.best.isEmpty }
            fields["wordSummary"] = [
                "fitting": Number.grouped(words.units.count { !$0.fitting.isEmpty }), "units": Number.count(named, "unit"),
                "words": Number.count(words.words, "word"), "encoder": words.encoder.displayName,
                "chance": Number.short(Double(named) * Double(1 - words.quantile)),
            ] as Fields
        }
        if let judgement = layer.judgement, let prototype = judgement.byPrototype, let images = judgement.byImages {
            fields["judgement"] = [
                "judge": judgement.judge.displayName, "units": Number.count(judgement.units.count, "unit"),
                "byPrototype": JudgementWords.share(prototype), "byImages": JudgementWords.share(images),
            ] as Fields
        }
        if let concepts = layer.concepts {
            fields["concepts"] = [
                "images": Number.count(concepts.images, "image"), "windows": Number.grouped(concepts.windows),
                "side": String(concepts.side), "explained": Number.percent(1 - concepts.reconstructionError * concepts.reconstructionError),
                "cards": try concepts.concepts.map { try ConceptPage(context: context, layer: layer, concepts: concepts, concept: $0).card() },
            ] as Fields
        }
    }

    /// The words that a unit goes with, the best two; nil for none.
    private func goesWith(_ unit: Int) -> String? {
        guard let fitting = layer.words(of: unit)?.fitting, !fitting.isEmpty else { return nil }
        return fitting.prefix(2).map { "“\(PlainText.clipped($0.word, to: 24))”" }.joined(separator: ", ")
    }

    /// A unit's card, which is added to `script` as well.
    private func card(_ unit: LayerStatistics.Unit, _ script: inout UnitScript) throws -> Fields {
        let top = unit.isDead ? [] : unit.topClasses(3).map(\.index)
        let prototype = layer.prototypes[unit.unit]
        let selectivity = unit.isDead ? nil : unit.selectivity, judged = layer.judged[unit.unit]?.byPrototype.right
        func name(_ index: Int) -> String { PlainText.clipped(context.content.className(index)) }
        var fields: Fields = [
            "unit": String(unit.unit), "name": layer.name(of: unit.unit).map { PlainText.clipped($0) }, "href": layer.page(of: unit.unit), "isDead": unit.isDead, "isConstant": unit.isConstant,
            "activity": Number.percent(unit.activeImages), "activityBar": ShareBar.ornament(unit.activeImages, width: 48),
            "selectivity": selectivity.map { Number.short($0) },
            "selectivityBar": selectivity.map { ShareBar.ornament($0, width: 48) },
            "top": top.map(name).joined(separator: ", "), "judged": judged.map { Number.percent($0) },
            "words": goesWith(unit.unit), "judgedBar": judged.map { ShareBar.ornament($0, width: 48) },
        ]
        var picture = UnitScript.Picture.none
        if let prototype, let path = try context.prototypePath(prototype, at: UnitPage.picturePath(layer, unit.unit)) {
            fields["picture"] = context.picture(path, alt: "", .small)
            picture = .prototype
        } else if let first = unit.strongest.first, let path = try context.imagePath(first.image) {
            fields["picture"] = context.picture(path, alt: "", .small)
            fields["isReal"] = true
            picture = .image(path)
        }
        script.add(
            unit, name: layer.name(of: unit.unit), selectivity: selectivity, multiple: prototype?.trust.multipleOfLargest, judged: judged,
            clarity: layer.clarity?.units[unit.unit]?.clarity, picture: picture, top: top, className: name)
        return fields
    }
}
