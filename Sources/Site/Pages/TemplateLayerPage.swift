import Run

/// A layer's templates: an atlas of cards, those that are never used by name, what the teacher confuses, where the two agree.
struct TemplateLayerPage {
    let context: SiteContext
    let content: TemplateContent

    /// Cards a page of the atlas: with what the first page has besides, below 100 kB.
    static let cards = 48
    /// Unused templates named on the page; all are in the table.
    static let namedUnused = 200
    /// Classes in tables on the page; all are in a table of their own.
    static let shownClasses = 20

    private var layer: TemplateLayer { content.layer }
    private var words: TemplateWords { TemplateWords(content: content, context: context) }
    private var palette: ClassPalette { ClassPalette(classes: context.content.network.classCount) }
    private var className: (Int) -> String { context.content.className }

    private var parts: PartPages { PartPages(of: content.shown.count, size: Self.cards, in: content.folder) }

    func write() throws {
        for template in content.shown.enumerated() {
            try TemplatePage(
                context: context, content: content, template: template.element,
                previous: template.offset > 0 ? content.shown[template.offset - 1].index : nil,
                next: template.offset + 1 < content.shown.count ? content.shown[template.offset + 1].index : nil
            ).write()
        }
        if content.maps != nil { try TemplateMapPages(context: context, content: content).write() }
        let hasVectors = try SemanticVectorsPage(context: context, content: content).write()
        let matrix = try scoreMatrix()
        let parts = parts
        for number in 1...parts.count {
            let isFirst = number == 1
            let cards = try content.shown[parts.places(on: number)].map(card)
            var fields: Fields = [
                "layer": content.name, "layerPage": parts.path(1), "cards": cards, "noun": content.noun, "hasOwners": content.hasOwners,
                "count": Number.count(content.count, content.noun), "shown": Number.grouped(content.shown.count),
                "isPart": content.shown.count < content.count, "byUse": !content.hasOwners, "table": "\(content.folder)/templates.csv",
                "hasTeacher": content.hasTeacher,
            ]
            fields.add(parts.fields(on: number))
            if isFirst { try addFirst(to: &fields, hasVectors: hasVectors, matrix: matrix) }
            let title = isFirst ? content.name : "\(content.name), page \(number)"
            try context.write("template-layer", fields, to: parts.path(number), title: title, section: .distillation)
        }
        try context.folder.write(TemplateTable(content: content, context: context).text, to: "\(content.folder)/templates.csv")
        try context.folder.write(TemplateClassTable(content: content, context: context).text, to: "\(content.folder)/classes.csv")
    }

    /// What the first page has beside its part of the atlas.
    private func addFirst(to fields: inout Fields, hasVectors: Bool, matrix: Fields?) throws {
        let tally = layer.positions
        let unused = content.unused
        let warnings = context.content.distillation?.warnings ?? []
        fields["warnings"] = warnings.map(\.fields)
        fields["hasWarnings"] = !warnings.isEmpty
        fields["kind"] = words.kind
        fields["origin"] = words.origin
        fields["images"] = Number.count(layer.images, "image")
        fields["positions"] = Number.count(tally.all, "position")
        fields["grid"] = layer.grid.map(String.init).joined(separator: " × ")
        fields["used"] = Number.grouped(content.count - unused.count)
        fields["unusedCount"] = Number.grouped(unused.count)
        fields["hasUnused"] = !unused.isEmpty
        fields["unused"] = unused.prefix(Self.namedUnused).map(link)
        fields["moreUnused"] = unused.count > Self.namedUnused ? Number.grouped(unused.count - Self.namedUnused) : nil
        fields["unmatched"] = tally.unmatchedShare.map(Number.percent)
        fields["agreement"] = tally.agreement.map(Number.percent)
        fields["classAgreement"] = tally.classAgreement.map(Number.percent)
        let chance = content.chanceAgreement
        fields["chance"] = chance.map { Number.percent($0.template) }
        fields["classChance"] = (chance?.owner).map(Number.percent)
        fields["classRows"] = classRows
        fields["hasClassRows"] = !classRows.isEmpty
        fields["hiddenClasses"] = layer.classPositions.count > Self.shownClasses ? Number.grouped(layer.classPositions.count) : nil
        fields["classTable"] = "\(content.folder)/classes.csv"
        fields["matrix"] = matrix
        fields["vectors"] = hasVectors ? "\(content.folder)/semantics/index.html" : nil
        if content.maps != nil {
            fields["maps"] =
                ["href": TemplateMapPages.path(content), "figures": try TemplateMapPages(context: context, content: content).figures(atMost: 3)]
                as Fields
        }
    }

    /// The layer as a card of the distillation page.
    func card() throws -> Fields {
        let tally = layer.positions
        let unused = content.unused.count
        return [
            "layer": content.name, "href": parts.path(1), "kind": words.kind, "count": Number.count(content.count, content.noun),
            "unused": unused == 0 ? "none unused" : "\(Number.grouped(unused)) unused", "unmatched": tally.unmatchedShare.map(Number.percent),
            "agreement": tally.agreement.map(Number.percent), "classAgreement": tally.classAgreement.map(Number.percent),
            "alpha": Number.short(layer.alpha), "maps": content.maps == nil ? nil : TemplateMapPages.path(content),
        ]
    }

    /// A template as a link, if it has a page: `number`, `href`.
    private func link(_ template: TemplateLayer.Template) -> Fields {
        ["number": String(template.index), "href": content.page(of: template.index)]
    }

    /// A template as a card of the atlas.
    private func card(_ template: TemplateLayer.Template) throws -> Fields {
        let windows = try template.windows.prefix(3).compactMap { try context.crop($0, side: 44) }
        let kind = content.classOf(template.index)
        return [
            "number": String(template.index), "href": content.page(of: template.index), "windows": windows, "hasWindows": !windows.isEmpty,
            "isUnused": template.uses <= 0, "class": kind.map(className),
            "swatch": SVGWriter().ornament(palette.swatch(kind), style: "swatch"),
            "use": Number.percent(share(template.uses)), "teacherUse": template.teacherUses.map { Number.percent(share($0)) },
        ]
    }

    private func share(_ positions: Int) -> Float { Float(positions) / Float(max(layer.positions.all, 1)) }

    private var classRows: [Fields] {
        layer.classPositions.enumerated().filter { $0.element.all > 0 }.prefix(Self.shownClasses).map { index, tally in
            [
                "class": context.classLink(index), "swatch": SVGWriter().ornament(palette.swatch(index), style: "swatch"),
                "positions": Number.grouped(tally.all), "unmatched": tally.unmatchedShare.map(Number.percent),
                "agreement": tally.agreement.map(Number.percent) ?? "–", "classAgreement": tally.classAgreement.map(Number.percent) ?? "–",
                "bar": tally.agreement.map { ShareBar.ornament($0, width: 96) },
            ]
        }
    }

    /// The picture of the score matrix, written beside the page, and the same by classes as a table.
    private func scoreMatrix() throws -> Fields? {
        guard let figure = ScoreMatrixFigure(content) else { return nil }
        let picture = "\(content.folder)/score-matrix.png"
        let scale = "\(content.folder)/share-scale.png"
        try context.folder.write(figure.png(), to: picture)
        try context.folder.write(ScoreMatrixFigure.scalePNG(), to: scale)
        // Whole pixels for every entry where they can be told apart.
        let size = figure.matrix.size
        let side = Double(size * max(1, 480 / size))
        let root = SiteContext.root(of: parts.path(1))
        let scene = figure.scene(width: side + 130, textSize: 12, className: className)
        let shares = figure.classShares()
        return [
            "scene": SVGWriter { root + ($0 == ScoreMatrixFigure.picture ? picture : scale) }.element(scene, id: "matrix", style: "scene wide"),
            "smallest": Number.percent(ScoreMatrixFigure.smallest), "size": String(size),
            "leftOut": figure.matrix.smallest > 0 ? Number.percent(figure.matrix.smallest) : nil,
            "rows": shares.prefix(Self.shownClasses).map { row -> Fields in
                [
                    "class": context.classLink(row.owner),
                    "own": Number.percent(row.shares.first { $0.owner == row.owner }?.share ?? 0),
                    "others": row.shares.filter { $0.owner != row.owner && $0.share >= 0.001 }.prefix(3)
                        .map { "\(className($0.owner)) \(Number.percent($0.share))" }.joined(separator: ", "),
                ]
            },
            "hasRows": !shares.isEmpty,
        ]
    }
}
