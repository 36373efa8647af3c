import Diagnostics
import Run

/// One image beside its template maps, as a figure.
enum TemplateMapFigure: FigureKind {
    static let kind = "template-map", summary = "an image beside the student's map of templates, and the teacher's"
    static let keys: Set<FigureRequest.Key> = [.layer, .image]

    static func content(_ request: FigureRequest, of source: FigureSource) throws -> FigureContent {
        let run = source.run, textSize = source.text
        let layers = try source.templateLayers().filter { $0.maps != nil }
        guard let content = layers.first, let maps = content.maps else {
            throw FigureFault(
                .layer, "the run has no template maps\(request.layer.map { " of \($0)" } ?? "")",
                remedy: "`vitrine report` of the student makes them, with --teacher for the teacher's.")
        }
        let map = try map(request.image, in: maps, of: run)
        let palette = ClassPalette(classes: run.network.classCount)
        let student = TemplateMapPanel(student: map, of: maps, content: content, palette: palette)
        let teacher = TemplateMapPanel(teacher: map, of: maps, content: content, palette: palette)
        let image = run.images.images[map.image]
        var named = request
        if request.isAnonymous, request.image != nil { named.image = String(map.image) }
        let name = request.isAnonymous ? "image \(map.image)" : image?.path ?? "image \(map.image)"
        var pictures: [String: [UInt8]] = [:]
        if let path = image?.picture, let source = RunPath(path), let bytes = try run.run.readBytes(source) { pictures["image"] = bytes }

        let panels = [("Student", student)] + (teacher.map { [("Teacher", $0)] } ?? [])
        let hasPicture = pictures["image"] != nil
        let count = Double(panels.count + (hasPicture ? 1 : 0))
        let width = request.width * 72
        let gap = 6.0
        let side = (width - gap * (count - 1)) / count
        let top = textSize * 1.5
        let size = run.inputSize
        let scale = side / Double(max(size.height, size.width))
        let tallest = max(side * Double(maps.grid[0]) / Double(max(maps.grid[0], maps.grid[1])), hasPicture ? scale * Double(size.height) : 0)
        let legend = legend(student, teacher, content, palette, source)
        var scene = Scene(width: width, height: top + tallest + 6 + legend.height)
        scene.title = "Template maps of \(content.name) in \(name)"
        scene.description =
            "Student: \(student.summary(run.className, atMost: 6))." + (teacher.map { " Teacher: \($0.summary(run.className, atMost: 6))." } ?? "")
        var x = 0.0
        if hasPicture {
            let heading = image?.label.map { "Image (\(source.className($0)))" } ?? "Image"
            scene.text(source.type.clipped(heading, to: side + gap - 2, size: textSize, isBold: true), x, textSize, size: textSize, .start, isBold: true)
            scene.add(
                .picture(
                    "image", .init(x: x, y: top, width: scale * Double(size.width), height: scale * Double(size.height)),
                    isPixelated: max(size.height, size.width) <= 96))
            x += side + gap
        }
        var isNumbered = true
        for (who, panel) in panels {
            scene.text(who, x, textSize, size: textSize, .start, isBold: true)
            scene.add(panel.scene(side: side, smallestText: FigureRenderer.smallestText), x: x, y: top)
            isNumbered = isNumbered && panel.textSize(cell: side / Double(max(maps.grid[0], maps.grid[1])), smallest: FigureRenderer.smallestText) != nil
            x += side + gap
        }
        scene.add(legend, x: 0, y: top + tallest + 6)
        return FigureContent(
            name: FigureSource.fileName(kind, layer: content.name, [String(map.image)]), scene: scene,
            caption: caption(
                map, maps, content, name: name, isNumbered: isNumbered, warnings: (run.distillation?.warnings ?? []).map(\.summary)),
            numbers: TemplateMapTable(map: map, grid: maps.grid, content: content, className: run.className).text, pictures: pictures,
            request: named,
            remarks: (isNumbered ? [] : ["Numbers of templates have no room at this width; they are in the CSV."])
                + (hasPicture ? [] : ["The run has no picture of the image."]))
    }

    private static func map(_ wanted: String?, in maps: TemplateMaps, of run: RunContent) throws -> TemplateMaps.Map {
        let known = maps.maps.map { ($0, run.images.images[$0.image]?.path ?? "") }
        guard let wanted else {
            guard let first = known.first else { throw FigureFault(.kind, "the run has no template maps") }
            return first.0
        }
        if let found = known.first(where: { String($0.0.image) == wanted || $0.1 == wanted }) { return found.0 }
        throw FigureFault(
            .image, "there is no template map of the image \(PlainText.clipped(wanted, to: 120))",
            explanation: "Maps were kept of \(known.prefix(8).map { "\($0.0.image) (\($0.1))" }.joined(separator: ", "))\(known.count > 8 ? " and others" : "").",
            remedy: nearestNames(to: wanted, among: known.map(\.1)).first.map { "Did you mean \($0)?" })
    }

    /// Classes with their colours and templates, then the scale of strengths, in rows of the figure's width.
    private static func legend(
        _ student: TemplateMapPanel, _ teacher: TemplateMapPanel?, _ content: TemplateContent, _ palette: ClassPalette, _ source: FigureSource
    ) -> Scene {
        let width = source.width, textSize = source.text
        let templates = (student.templates + (teacher?.templates ?? [])).compactMap { $0 }
        let classes = Set(templates.compactMap(content.classOf)).sorted()
        let line = textSize * 1.5
        var entries: [(colour: Scene.Paint?, text: String)] = classes.map {
            (.colour(palette.colour($0)), source.type.clipped(source.className($0), to: width * 0.45, size: textSize))
        }
        entries.append((nil, "no match"))
        var places: [(x: Double, row: Int)] = []
        var x = 0.0
        var row = 0
        for entry in entries {
            let length = textSize * 1.2 + source.type.width(entry.text, size: textSize) + 8
            if x > 0, x + length > width {
                x = 0
                row += 1
            }
            places.append((x, row))
            x += length
        }
        let scaleRow = row + 1
        var scene = Scene(width: width, height: Double(scaleRow + 1) * line + 1)
        for (entry, place) in zip(entries, places) {
            let y = Double(place.row) * line
            let box = Scene.Box(x: place.x, y: y + 1, width: textSize, height: textSize)
            if let colour = entry.colour {
                scene.add(.boxes([box], colour))
            } else {
                scene.line(
                    place.x + textSize * 0.2, y + 1 + textSize * 0.8, place.x + textSize * 0.8, y + 1 + textSize * 0.2, .colour(Colour(0x767676)),
                    thickness: 0.75)
                scene.add(.outline(box, .rule, thickness: 0.5))
            }
            scene.text(entry.text, place.x + textSize * 1.35, y + textSize * 0.95, size: textSize, .start)
        }
        let y = Double(scaleRow) * line
        let limit = content.maps?.limit ?? 1
        scene.text("match", 0, y + textSize * 0.95, size: textSize, .start)
        let letter = source.type.width("0", size: textSize)
        let start = source.type.width("match", size: textSize) + 6
        scene.text("0", start, y + textSize * 0.95, size: textSize, .start)
        for step in 0..<5 {
            let box = Scene.Box(x: start + letter + 4 + Double(step) * 10, y: y + 1, width: 10, height: textSize)
            scene.add(.boxes([box], .colour(Colour(0x3F3F3F), opacity: TemplateMapPanel.opacity(Float(step) / 4))))
        }
        scene.text("\(Number.short(limit)) and more", start + letter + 58, y + textSize * 0.95, size: textSize, .start)
        return scene
    }

    private static func caption(
        _ map: TemplateMaps.Map, _ maps: TemplateMaps, _ content: TemplateContent, name: String, isNumbered: Bool, warnings: [String]
    ) -> String {
        let tally = map.tally(of: content)
        func percent(_ share: Float) -> String { Number.fixed(Double(share) * 100, 1) + "%" }
        let agreement =
            tally.agreement.map { share in
                " They name the same \(content.noun) at \(percent(share)) of the positions"
                    + (tally.classAgreement.map { ", one of the same class at \(percent($0))" } ?? "") + "."
            } ?? ""
        let colour =
            content.hasOwners
            ? "Colour: the class of the \(content.noun)" : "Colour: the class in whose images the student finds the \(content.noun) most"
        let teacher =
            map.teacher == nil
            ? "" : map.teacherStrengths == nil ? " The teacher’s assignment is drawn solid." : " The teacher’s opacity is its soft assignment, solid at 1."
        return "Template maps of \(content.name) (\(maps.grid[0]) x \(maps.grid[1]) positions) in \(name)"
            + (map.teacher == nil ? "." : ", student and teacher.") + " \(colour)\(map.teacher == nil ? "" : ", on one scale for both")"
            + (isNumbered ? "; numbers: the \(content.noun)." : ".")
            + " Opacity: strength of the student’s match after batch normalisation and ReLU, linear from "
            + "\(Number.fixed(TemplateMapPanel.faintest * 100, 0))% just above 0 to solid at \(Number.short(maps.limit)), not normalised by image; "
            + "strokes: no match.\(teacher)\(agreement)"
            + (map.teacher == nil ? "" : warnings.map { " \($0)." }.joined())
    }
}
