import Run

/// A template: the real windows that match it best, who uses it, what it stands near, what the teacher takes it for.
struct TemplatePage {
    let context: SiteContext
    let content: TemplateContent
    let template: TemplateLayer.Template
    let previous: Int?
    let next: Int?

    func write() throws {
        let manifest = context.content.manifest
        let name = "\(content.noun) \(template.index)"
        let kind = content.classOf(template.index)
        let palette = ClassPalette(classes: context.content.network.classCount)
        func neighbour(_ index: Int?) -> Fields? { index.map { ["number": String($0), "href": content.page(of: $0)] } }
        let windows = try template.windows.compactMap { window -> Fields? in
            guard var fields = try context.realImage(window.image, .medium) else { return nil }
            fields["activation"] = Number.short(window.activation)
            fields["window"] = context.frame(window.window)
            return fields
        }
        let page = "\(content.folder)/\(template.index)/index.html"
        let fields: Fields = [
            "layer": content.name, "layerPage": "\(content.folder)/index.html", "name": name, "noun": content.noun,
            "owner": template.owner.map(context.classLink), "class": template.owner == nil ? kind.map(context.classLink) : nil,
            "swatch": SVGWriter().ornament(palette.swatch(kind), style: "swatch"),
            "isUnused": template.uses <= 0, "images": Number.count(content.layer.images, "image"),
            "previous": neighbour(previous), "next": neighbour(next), "windows": windows, "hasWindows": !windows.isEmpty,
            "numbers": numbers, "classBars": classBars, "hasClassBars": !template.classUses.isEmpty,
            "neighbours": template.neighbours.map { entry -> Fields in
                [
                    "template": link(entry.template), "value": Number.short(entry.cosine),
                    "bar": ShareBar.ornament(entry.cosine, width: 96),
                ]
            }, "hasNeighbours": !template.neighbours.isEmpty,
            "confusions": (template.confusions ?? []).map { entry -> Fields in
                [
                    "template": link(entry.template), "isOwn": entry.template == template.index, "value": Number.percent(entry.share),
                    "bar": ShareBar.ornament(entry.share, width: 96),
                ]
            }, "hasConfusions": !(template.confusions ?? []).isEmpty,
            "page": page, "prototype": nil, "command": manifest.options.command,
            "bibTeX": Citation.bibTeX(
                manifest, subject: "\(content.noun.prefix(1).uppercased() + content.noun.dropFirst()) \(template.index) of \(content.name)",
                key: "\(content.key)-\(template.index)", author: context.content.presentation.author, url: context.content.presentation.baseURL),
        ]
        try context.write("template", fields, to: page, title: "\(content.name) · \(name)", section: .distillation)
    }

    /// Another template as a link, if it has a page, with its class.
    private func link(_ index: Int) -> Fields {
        [
            "number": String(index), "href": content.page(of: index),
            "className": content.classOf(index).map(context.content.className),
        ]
    }

    private var numbers: [Fields] {
        let all = max(content.layer.positions.all, 1)
        func entry(_ count: Int) -> String { "\(Number.grouped(count)) (\(Number.percent(Float(count) / Float(all))))" }
        func share(_ part: Int, of whole: Int) -> String { whole > 0 ? Number.percent(Float(part) / Float(whole)) : "–" }
        var rows = [("positions where the student matches it", entry(template.uses))]
        if let uses = template.teacherUses {
            rows.append(("positions where the teacher assigns it", entry(uses)))
            if let agreed = template.agreed {
                rows.append(("of the teacher’s, the student’s too", share(agreed, of: uses)))
                rows.append(("of the student’s, the teacher’s too", share(agreed, of: template.uses)))
            }
        }
        return rows.map { ["name": $0.0, "value": $0.1] }
    }

    private var classBars: [Fields] {
        template.classUses.map { use in
            let share = Float(use.positions) / Float(max(template.uses, 1))
            return ["class": context.classLink(use.index), "value": Number.percent(share), "bar": ShareBar.ornament(share, width: 120)]
        }
    }
}
