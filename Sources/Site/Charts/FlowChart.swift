/// Relevance from the units that carry it, on the left, through a unit in the middle to the units and classes that it serves, on the right:
/// ribbons as thick as the share. Every node is a link.
struct FlowChart {
    /// The way from the page to the site's folder.
    let root: String
    let subject: String
    let upstream: [FlowSection.Row]
    let units: [FlowSection.Row]
    let classes: [FlowSection.Row]

    private static let row = 26.0
    /// Of each kind.
    private static let shown = 7

    func chart(id: String, title: String) -> Markup {
        let left = Array(upstream.prefix(Self.shown)), right = [Array(units.prefix(Self.shown)), Array(classes.prefix(Self.shown))]
        let rightRows = right.reduce(0) { $0 + $1.count + ($1.isEmpty ? 0 : 1) }
        let height = Double(max(left.count + 1, rightRows, 3)) * Self.row + 12
        var drawing = Drawing(width: 760, height: height)
        let middle = height / 2
        let (nodeLeft, nodeRight, ownLeft, ownRight) = (200.0, 560.0, 344.0, 416.0)
        // Ribbons first: nodes lie over them.
        func y(_ place: Int, of count: Int) -> Double { middle - Double(count) * Self.row / 2 + (Double(place) + 0.5) * Self.row }
        func thickness(_ share: Float) -> Double { max(1, min(1, Double(abs(share))) * 44) }
        func style(_ share: Float) -> String { share < 0 ? "ribbon against" : "ribbon" }
        var labels: [(x: Double, y: Double, row: FlowSection.Row, isLeft: Bool)] = [], headings: [(x: Double, y: Double, text: String, Bool)] = []
        if let group = left.first?.group { headings.append((nodeLeft, y(0, of: left.count + 1) + 4, "from \(group)", true)) }
        for (place, row) in left.enumerated() {
            let at = y(place + 1, of: left.count + 1)
            drawing.ribbon(nodeLeft + 6, at, ownLeft, middle, thickness: thickness(row.share), style(row.share))
            labels.append((nodeLeft, at, row, true))
        }
        var place = 0
        for group in right where !group.isEmpty {
            let isClasses = group.first?.group == "class"
            headings.append((nodeRight, y(place, of: rightRows) + 4, isClasses ? "to classes" : "to \(group.first?.group ?? "")", false))
            place += 1
            for row in group {
                let at = y(place, of: rightRows)
                drawing.ribbon(ownRight, middle, nodeRight - 6, at, thickness: thickness(row.share), style(row.share))
                labels.append((nodeRight, at, row, false))
                place += 1
            }
        }
        drawing.rectangle(ownLeft, middle - 16, ownRight - ownLeft, 32, "node own")
        drawing.text((ownLeft + ownRight) / 2, middle + 4, subject, style: "label marked")
        for heading in headings { drawing.text(heading.x, heading.y, heading.text, heading.3 ? .end : .start, style: "label name") }
        for label in labels {
            let text = "\(Self.shortened(label.row.name)) \(Number.signedPercent(label.row.share))"
            func draw(_ drawing: inout Drawing) {
                drawing.rectangle(label.isLeft ? label.x : label.x - 6, label.y - 9, 6, 18, "fill")
                drawing.text(label.isLeft ? label.x - 6 : label.x + 6, label.y + 4, text, label.isLeft ? .end : .start)
            }
            if let href = label.row.href { drawing.link(root + href, name: text, draw) } else { draw(&drawing) }
        }
        return drawing.group(
            id: id, style: "chart flow", title: title,
            description: "The tables below say the same. Ribbons are as thick as the share of relevance.")
    }

    private static func shortened(_ name: String) -> String { name.count > 22 ? String(name.prefix(21)) + "…" : name }
}
