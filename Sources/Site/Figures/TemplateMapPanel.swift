import Run

/// One map of templates: a square a position in its template's class's colour, as solid as the match is strong, with the template's
/// number in it where there is room. White under all of it, in the dark too: strengths are read against one ground.
struct TemplateMapPanel {
    let content: TemplateContent
    let palette: ClassPalette
    let rows: Int
    let columns: Int
    /// At every position; nil for no match.
    let templates: [Int?]
    /// In [0, 1], from just a match to solid.
    let strengths: [Float]

    /// How solid the weakest match is.
    static let faintest = 0.15
    /// Solidity goes in steps of this, so that squares of one paint can be drawn as one.
    private static let step = 0.05

    /// The student's map on the scale that all maps of the layer share.
    init(student map: TemplateMaps.Map, of maps: TemplateMaps, content: TemplateContent, palette: ClassPalette) {
        self.init(
            content: content, palette: palette, grid: maps.grid, templates: map.student,
            strengths: map.strengths.map { maps.limit > 0 ? $0 / maps.limit : 1 })
    }

    /// The teacher's; nil where there is none.
    init?(teacher map: TemplateMaps.Map, of maps: TemplateMaps, content: TemplateContent, palette: ClassPalette) {
        guard let teacher = map.teacher else { return nil }
        self.init(
            content: content, palette: palette, grid: maps.grid, templates: teacher,
            strengths: map.teacherStrengths ?? [Float](repeating: 1, count: teacher.count))
    }

    private init(content: TemplateContent, palette: ClassPalette, grid: [Int], templates: [Int?], strengths: [Float]) {
        self.content = content
        self.palette = palette
        rows = grid[0]
        columns = grid[1]
        self.templates = templates
        self.strengths = strengths
    }

    /// The opacity of a strength in [0, 1].
    static func opacity(_ strength: Float) -> Double {
        let share = strength.isFinite ? Double(min(max(strength, 0), 1)) : 1
        return ((faintest + (1 - faintest) * share) / step).rounded() * step
    }

    /// - Parameters:
    ///   - side: of the map's longer side.
    ///   - smallestText: numbers are left out where they would be smaller; nil leaves them out everywhere.
    func scene(side: Double, smallestText: Double?) -> Scene {
        let cell = side / Double(max(rows, columns))
        let width = cell * Double(columns)
        let height = cell * Double(rows)
        var scene = Scene(width: width, height: height)
        scene.add(.boxes([.init(x: 0, y: 0, width: width, height: height)], .colour(.white)))
        var boxes: [Scene.Paint: [Scene.Box]] = [:]
        var order: [Scene.Paint] = []
        var hatches: [Scene.Line] = []
        let slant = min(cell, 8) * 0.3
        for row in 0..<rows {
            var run: (paint: Scene.Paint, start: Int)?
            for column in 0...columns {
                let place = row * columns + column
                let paint: Scene.Paint? = column < columns ? templates[place].map { self.paint(of: $0, strength: strengths[place]) } : nil
                if column < columns, paint == nil {
                    let x = (Double(column) + 0.5) * cell
                    let y = (Double(row) + 0.5) * cell
                    hatches.append(.init(from: .init(x: x - slant, y: y + slant), to: .init(x: x + slant, y: y - slant)))
                }
                guard run?.paint != paint else { continue }
                if let run {
                    if boxes[run.paint] == nil { order.append(run.paint) }
                    boxes[run.paint, default: []].append(
                        .init(x: Double(run.start) * cell, y: Double(row) * cell, width: Double(column - run.start) * cell, height: cell))
                }
                run = paint.map { ($0, column) }
            }
        }
        for paint in order { scene.add(.boxes(boxes[paint] ?? [], paint)) }
        if !hatches.isEmpty { scene.add(.lines(hatches, .colour(Colour(0x767676)), thickness: max(0.5, min(1, cell / 12)))) }
        addLines(to: &scene, cell: cell)
        if let smallestText { addNumbers(to: &scene, cell: cell, smallest: smallestText) }
        return scene
    }

    private func paint(of template: Int, strength: Float) -> Scene.Paint {
        .colour(palette.colour(content.classOf(template)), opacity: Self.opacity(strength))
    }

    /// Lines between positions of different classes: regions are seen without colours.
    private func addLines(to scene: inout Scene, cell: Double) {
        func kind(_ place: Int) -> Int { templates[place].map { (content.classOf($0) ?? -1) + 1 } ?? -1 }
        var lines: [Scene.Line] = []
        // Along every row and column of edges, runs of those that part classes as one line.
        func follow(_ count: Int, parts: (Int) -> Bool, point: (Int) -> Scene.Point) {
            var start: Int?
            for place in 0...count {
                let isEdge = place < count && parts(place)
                if isEdge, start == nil { start = place }
                if !isEdge, let from = start {
                    lines.append(.init(from: point(from), to: point(place)))
                    start = nil
                }
            }
        }
        for row in 1..<max(rows, 1) {
            follow(columns) { kind(row * columns + $0) != kind((row - 1) * columns + $0) } point: { .init(x: Double($0) * cell, y: Double(row) * cell) }
        }
        for column in 1..<max(columns, 1) {
            follow(rows) { kind($0 * columns + column) != kind($0 * columns + column - 1) } point: {
                .init(x: Double(column) * cell, y: Double($0) * cell)
            }
        }
        let dark = Scene.Paint.colour(Colour(0x333333))
        if !lines.isEmpty { scene.add(.lines(lines, dark, thickness: max(0.4, min(1, cell / 16)))) }
        scene.add(.outline(.init(x: 0, y: 0, width: scene.width, height: scene.height), dark, thickness: max(0.4, min(1, cell / 16))))
    }

    /// The size of numbers that fit into squares of a side, all alike; nil where they would be smaller than that.
    func textSize(cell: Double, smallest: Double) -> Double? {
        let digits = max(2, templates.compactMap { $0 }.max().map { String($0).count } ?? 1)
        let size = min(cell * 0.66, cell * 0.9 / (0.58 * Double(digits)), smallest * 1.75)
        return size >= smallest ? size : nil
    }

    private func addNumbers(to scene: inout Scene, cell: Double, smallest: Double) {
        guard let size = textSize(cell: cell, smallest: smallest) else { return }
        for (place, template) in templates.enumerated() {
            guard let template else { continue }
            let ground = palette.colour(content.classOf(template)).overWhite(opacity: Self.opacity(strengths[place]))
            scene.text(
                String(template), (Double(place % columns) + 0.5) * cell, (Double(place / columns) + 0.5) * cell + size * 0.35, size: size,
                .middle, .colour(ground.readable))
        }
    }

    /// `cat 61 %, deer 20 %, no match 19 %`: the classes with the most positions.
    func summary(_ className: (Int) -> String, atMost: Int = 3) -> String {
        var counts: [Int: Int] = [:]
        var unmatched = 0
        var unknown = 0
        for template in templates {
            guard let template else {
                unmatched += 1
                continue
            }
            if let index = content.classOf(template) { counts[index, default: 0] += 1 } else { unknown += 1 }
        }
        func share(_ count: Int) -> String { Number.percent(Float(count) / Float(max(templates.count, 1))) }
        let classes = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(atMost).map { "\(className($0.key)) \(share($0.value))" }
        return (classes + (unknown > 0 ? ["of no class \(share(unknown))"] : []) + (unmatched > 0 ? ["no match \(share(unmatched))"] : []))
            .joined(separator: ", ")
    }
}
