import Run

/// Template maps over real images: a gallery of all, and a page for each with numbers one can read.
struct TemplateMapPages {
    let context: SiteContext
    let content: TemplateContent

    /// Squares drawn on a page of the gallery, and images at most.
    static let squares = 1400
    static let images = 30
    /// Squares of a teacher's map that a page lists with numbers.
    static let listed = 400

    static func folder(_ content: TemplateContent) -> String { "\(content.folder)/maps" }
    static func path(_ content: TemplateContent) -> String { folder(content) + "/index.html" }

    private var palette: ClassPalette { ClassPalette(classes: context.content.network.classCount) }
    private var words: TemplateWords { TemplateWords(content: content, context: context) }
    private var className: (Int) -> String { context.content.className }

    func write() throws {
        guard let maps = content.maps else { return }
        let perPage = max(2, min(Self.images, Self.squares / (2 * maps.grid[0] * maps.grid[1])))
        let parts = PartPages(of: maps.maps.count, size: perPage, in: Self.folder(content))
        for number in 1...parts.count {
            let shown = Array(maps.maps[parts.places(on: number)])
            var fields: Fields = [
                "layer": content.name, "layerPage": "\(content.folder)/index.html", "scale": words.scale,
                "count": Number.count(maps.maps.count, "image"), "hasTeacher": content.hasTeacher, "figures": try shown.map { try figure($0, of: maps) },
                "legend": legend(shown), "strengths": strengths,
            ]
            fields.add(parts.fields(on: number))
            try context.write(
                "template-maps", fields, to: parts.path(number),
                title: "\(content.name) · template maps" + (number > 1 ? ", page \(number)" : ""), section: .distillation)
        }
        for (place, map) in maps.maps.enumerated() {
            try write(
                map, of: maps, previous: place > 0 ? maps.maps[place - 1].image : nil,
                next: place + 1 < maps.maps.count ? maps.maps[place + 1].image : nil)
        }
    }

    /// The first maps of the gallery, one of each class before a second of any.
    func figures(atMost count: Int) throws -> [Fields] {
        guard let maps = content.maps else { return [] }
        // The page has an atlas to carry besides.
        let count = min(count, Self.squares / (8 * maps.grid[0] * maps.grid[1]))
        var seen: [Int?: Int] = [:]
        let ranked = maps.maps.enumerated().map { place, map -> (rank: Int, place: Int) in
            let label = context.content.images.images[map.image]?.label
            seen[label, default: 0] += 1
            return (seen[label, default: 0], place)
        }.sorted { $0 < $1 }
        return try ranked.prefix(count).map { try figure(maps.maps[$0.place], of: maps) }
    }

    /// One image, as a card of the gallery.
    private func figure(_ map: TemplateMaps.Map, of maps: TemplateMaps) throws -> Fields {
        let student = TemplateMapPanel(student: map, of: maps, content: content, palette: palette)
        let teacher = TemplateMapPanel(teacher: map, of: maps, content: content, palette: palette)
        let image = context.content.images.images[map.image]
        let tally = map.tally(of: content)
        var fields: Fields = [
            "href": content.page(ofMap: map.image), "path": image?.path ?? "image \(map.image)", "class": image?.label.map(className),
            "student": SVGWriter().ornament(student.scene(side: 96, smallestText: nil)),
            "teacher": teacher.map { SVGWriter().ornament($0.scene(side: 96, smallestText: nil)) },
            "studentSees": student.summary(className), "teacherSees": teacher?.summary(className),
            "agreement": tally.agreement.map(Number.percent), "classAgreement": tally.classAgreement.map(Number.percent), "picture": nil,
            "noun": content.noun,
        ]
        if let path = try context.imagePath(map.image) { fields["picture"] = context.picture(path, alt: "", .small) }
        return fields
    }

    private func write(_ map: TemplateMaps.Map, of maps: TemplateMaps, previous: Int?, next: Int?) throws {
        let image = context.content.images.images[map.image]
        let name = image?.path ?? "image \(map.image)"
        let page = content.page(ofMap: map.image)
        let tally = map.tally(of: content)
        func neighbour(_ image: Int?) -> Fields? { image.map { ["href": content.page(ofMap: $0)] } }
        func panel(_ panel: TemplateMapPanel, _ who: String) -> Fields {
            var scene = panel.scene(side: 288, smallestText: 8)
            scene.title = "\(who)’s templates in \(name)"
            scene.description = "\(maps.grid[0]) × \(maps.grid[1]) positions: \(panel.summary(className, atMost: 8))."
            let cell = 288 / Double(max(maps.grid[0], maps.grid[1]))
            return [
                "who": who, "scene": SVGWriter().element(scene, id: who.lowercased()), "sees": panel.summary(className, atMost: 8),
                "isNumbered": panel.textSize(cell: cell, smallest: 8) != nil,
            ]
        }
        let student = TemplateMapPanel(student: map, of: maps, content: content, palette: palette)
        let teacher = TemplateMapPanel(teacher: map, of: maps, content: content, palette: palette)
        let table = TemplateMapTable(map: map, grid: maps.grid, content: content, className: className)
        var fields: Fields = [
            "layer": content.name, "layerPage": "\(content.folder)/index.html", "mapsPage": Self.path(content), "path": name,
            "class": image?.label.map(context.classLink), "predicted": image?.predicted.map(context.classLink),
            "isMistaken": image?.label != nil && image?.predicted != nil && image?.label != image?.predicted,
            "panels": [panel(student, "Student")] + (teacher.map { [panel($0, "Teacher")] } ?? []),
            "agreement": tally.agreement.map(Number.percent), "classAgreement": tally.classAgreement.map(Number.percent),
            "unmatched": tally.unmatchedShare.map(Number.percent), "scale": words.scale, "hasTeacher": content.hasTeacher,
            "previous": neighbour(previous), "next": neighbour(next), "legend": legend([map]), "strengths": strengths,
            "templates": found(map), "table": "\(content.folder)/maps/\(map.image)/map.csv", "picture": nil,
            "noun": content.noun,
            "confused": TeacherPositions(content: content, palette: palette, className: className).fields(map, of: maps, listed: Self.listed),
        ]
        if let path = try context.imagePath(map.image) {
            fields["picture"] = context.picture(path, alt: image?.label.map { "\(className($0)): \(name)" } ?? name, .large, isLazy: false)
        }
        try context.write("template-map", fields, to: page, title: "\(content.name) · \(name)", section: .distillation)
        try context.folder.write(table.text, to: "\(content.folder)/maps/\(map.image)/map.csv")
    }

    /// The templates that are found most in an image, as links.
    private func found(_ map: TemplateMaps.Map) -> [Fields] {
        var counts: [Int: (student: Int, teacher: Int)] = [:]
        for case let template? in map.student { counts[template, default: (0, 0)].student += 1 }
        for template in map.teacher ?? [] { counts[template, default: (0, 0)].teacher += 1 }
        let order = counts.sorted {
            ($1.value.student + $1.value.teacher, $0.key) < ($0.value.student + $0.value.teacher, $1.key)
        }
        return order.prefix(16).map { template, count in
            let kind = content.classOf(template)
            return [
                "number": String(template), "href": content.page(of: template), "className": kind.map(className),
                "swatch": SVGWriter().ornament(palette.swatch(kind), style: "swatch"),
                "student": Number.grouped(count.student), "teacher": map.teacher == nil ? nil : Number.grouped(count.teacher),
            ]
        }
    }

    /// The classes in some maps with their colours, those with the most positions first.
    private func legend(_ maps: [TemplateMaps.Map]) -> [Fields] {
        var counts: [Int: Int] = [:]
        for map in maps {
            for template in map.student.compactMap({ $0 }) + (map.teacher ?? []) {
                if let kind = content.classOf(template) { counts[kind, default: 0] += 1 }
            }
        }
        let shown = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(30).map(\.key).sorted()
        return shown.map { index in
            var scene = Scene(width: 14, height: 14)
            scene.add(.boxes([.init(x: 1, y: 1, width: 12, height: 12)], .colour(palette.colour(index))))
            let templates = content.hasOwners ? range(of: index) : nil
            return [
                "class": context.classLink(index), "swatch": SVGWriter().ornament(scene, style: "swatch"), "templates": templates,
            ]
        }
    }

    /// `24–31`: the numbers of a class's templates, where they follow each other.
    private func range(of kind: Int) -> String? {
        let numbers = content.layer.templates.filter { $0.owner == kind }.map(\.index).sorted()
        guard let first = numbers.first, let last = numbers.last, last - first == numbers.count - 1 else { return nil }
        return first == last ? String(first) : "\(first)–\(last)"
    }

    /// The scale of strengths: five squares with their numbers.
    private var strengths: Markup? {
        guard let maps = content.maps else { return nil }
        var scene = Scene(width: 260, height: 40)
        for step in 0...4 {
            let x = Double(step) * 52
            let share = Float(step) / 4
            scene.add(.boxes([.init(x: x, y: 0, width: 52, height: 18)], .colour(.white)))
            scene.add(.boxes([.init(x: x, y: 0, width: 52, height: 18)], .colour(Colour(0x3F3F3F), opacity: TemplateMapPanel.opacity(share))))
            scene.text((step == 4 ? "≥ " : step == 0 ? "> " : "") + Number.short(maps.limit * share), x + 26, 34, size: 11, .middle, .soft)
        }
        scene.add(.outline(.init(x: 0.5, y: 0.5, width: 259, height: 17), .soft, thickness: 1))
        scene.title = "Scale of strengths"
        scene.description = "From just above 0 to solid at \(Number.short(maps.limit))."
        return SVGWriter().element(scene, id: "strengths")
    }
}
