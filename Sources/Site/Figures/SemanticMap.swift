import Run

/// Semantic vectors in two dimensions: a mark for each template, of its class's shape and colour, with its number where there is room.
struct SemanticMap {
    let content: TemplateContent
    let palette: ClassPalette

    enum Kind {
        case principal, embedded
    }

    /// Numbers beside marks up to so many templates.
    static let numbered = 120
    /// Marks on a page: beyond, those used most, which keeps it light.
    static let drawn = 200

    /// Those that are drawn.
    var templates: [TemplateLayer.Template] {
        content.shown.count <= Self.drawn
            ? content.shown : Array(content.shown.sorted { ($1.uses, $0.index) < ($0.uses, $1.index) }.prefix(Self.drawn))
    }

    /// Nil where fewer than three of the templates that are shown have a place.
    func scene(_ kind: Kind, side: Double, textSize: Double, className: (Int) -> String) -> Scene? {
        let points = templates.compactMap { template -> (index: Int, x: Double, y: Double)? in
            guard let place = kind == .principal ? template.principal : template.embedded, place.count == 2,
                place.allSatisfy(\.isFinite)
            else { return nil }
            return (template.index, Double(place[0]), Double(place[1]))
        }
        guard points.count >= 3 else { return nil }
        let xs = points.map(\.x), ys = points.map(\.y)
        guard let left = xs.min(), let right = xs.max(), let bottom = ys.min(), let top = ys.max() else { return nil }
        let margin = textSize * 1.8
        // One scale for both axes: distances mean something.
        let span = max(right - left, top - bottom, .leastNormalMagnitude)
        let scale = (side - 2 * margin) / span
        var scene = Scene(width: side, height: side)
        scene.title = "Semantic vectors of \(content.name), \(kind == .principal ? "two principal axes" : "t-SNE")"
        scene.description = "\(Number.count(points.count, content.noun)); near ones add similar vectors to the features."
        scene.add(.outline(.init(x: 0.5, y: 0.5, width: side - 1, height: side - 1), .rule, thickness: 1))
        let radius = points.count > 300 ? textSize * 0.3 : textSize * 0.45
        for point in points {
            let x = side / 2 + (point.x - (left + right) / 2) * scale
            let y = side / 2 - (point.y - (bottom + top) / 2) * scale
            let index = content.classOf(point.index)
            palette.draw(
                index, in: &scene, x: x, y: y, radius: radius, hint: "\(content.noun) \(point.index)" + (index.map { ", \(className($0))" } ?? ""))
            if points.count <= Self.numbered {
                let isRight = x > side - 3 * textSize
                scene.text(
                    String(point.index), isRight ? x - radius - 1.5 : x + radius + 1.5, y + textSize * 0.3, size: textSize * 0.8,
                    isRight ? .end : .start, .soft)
            }
        }
        return scene
    }
}
