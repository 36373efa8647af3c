import Run

/// A layer: its units as a grid of cards, and how they differ.
struct LayerPage {
    let context: SiteContext
    let layer: LayerContent

    func write() throws {
        let units = layer.statistics.units
        let selectivities = units.compactMap { $0.isDead ? nil : $0.selectivity }
        let dead = layer.deadUnits
        var fields: Fields = [
            "layer": layer.name, "kind": layer.description.kind, "shape": Number.shape(layer.statistics.shape),
            "units": Number.count(units.count, "unit"), "images": Number.count(layer.statistics.images, "image"),
            "parameters": Number.grouped(layer.description.parameters),
            "dead": Number.grouped(dead.count), "hasDead": !dead.isEmpty,
            "deadShare": Number.percent(units.isEmpty ? 0 : Float(dead.count) / Float(units.count)),
            "prototypes": Number.grouped(layer.prototypes.count),
            "hasPrototypes": !layer.prototypes.isEmpty,
            "isPartial": layer.prototypes.count < units.count - dead.count,
            "table": "\(layer.folder)/units.csv",
            "activity": ShareChart.chart(
                units.map(\.activeImages), id: "activity", title: "Activity of the units of \(layer.name)",
                axis: "share of images that excite the unit"),
            "hasSelectivity": !selectivities.isEmpty,
            "map": layer.similarity.map { _ in UnitMapPage.path(layer) },
            "redundant": layer.similarity.flatMap { $0.redundant.count > 0 ? Number.count($0.redundant.count, "pair") : nil },
        ]
        if !selectivities.isEmpty {
            fields["selectivity"] = ShareChart.chart(
                selectivities, id: "selectivity", title: "Class selectivity of the units of \(layer.name)",
                axis: "class selectivity")
        }
        fields["cards"] = try units.map(card)
        if let concepts = layer.concepts {
            fields["concepts"] = [
                "images": Number.count(concepts.images, "image"), "windows": Number.grouped(concepts.windows),
                "side": String(concepts.side), "explained": Number.percent(1 - concepts.reconstructionError * concepts.reconstructionError),
                "cards": try concepts.concepts.map { try ConceptPage(context: context, layer: layer, concepts: concepts, concept: $0).card() },
            ] as Fields
        }
        try context.write("layer", fields, to: "\(layer.folder)/index.html", title: layer.name, section: .layers)
        try context.folder.write(UnitTable(context: context, layer: layer).text, to: "\(layer.folder)/units.csv")
    }

    private func card(_ unit: LayerStatistics.Unit) throws -> Fields {
        let top = unit.topClasses(3)
        let prototype = layer.prototypes[unit.unit]
        var fields: Fields = [
            "unit": String(unit.unit), "href": layer.page(of: unit.unit), "isDead": unit.isDead,
            "activity": Number.percent(unit.activeImages), "activityBar": ShareBar.ornament(unit.activeImages, width: 48),
            "selectivity": unit.isDead ? nil : unit.selectivity.map { Number.short($0) },
            "selectivityBar": unit.isDead ? nil : unit.selectivity.map { ShareBar.ornament($0, width: 48) },
            "top": top.map { context.content.className($0.index) }.joined(separator: ", "),
            "sortActivity": Number.exact(unit.activeImages), "sortSelectivity": Number.exact(unit.selectivity),
            "sortLargest": Number.exact(unit.maximum), "sortMultiple": Number.exact(prototype?.trust.multipleOfLargest),
            "hasPrototype": prototype != nil,
        ]
        if let prototype, let path = try context.prototypePath(prototype, at: UnitPage.picturePath(layer, unit.unit)) {
            fields["picture"] = context.picture(path, alt: "", .small)
        } else if let first = unit.strongest.first, let path = try context.imagePath(first.image) {
            fields["picture"] = context.picture(path, alt: "", .small)
            fields["isReal"] = true
        }
        return fields
    }
}
