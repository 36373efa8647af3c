import Run

/// Which units of each layer carry a target's relevance: a column for each layer, from the first on, a bar for each unit as long as its share.
struct FlowLadder {
    let root: String
    /// One a layer, in the order of execution, with its units.
    let columns: [(layer: String, rows: [FlowSection.Row], arrived: Float)]

    private static let shown = 6

    func chart(id: String, title: String) -> Markup? {
        let largest = columns.flatMap { $0.rows.prefix(Self.shown).map { abs($0.share) } }.max() ?? 0
        guard largest > 0 else { return nil }
        let width = 170.0, row = 40.0, bar = 130.0
        let lines = columns.map { min($0.rows.count, Self.shown) }.max() ?? 0
        var drawing = Drawing(width: Double(columns.count) * width, height: Double(lines) * row + 34)
        for (number, column) in columns.enumerated() {
            let x = Double(number) * width + 4
            drawing.text(x, 16, column.layer.count > 20 ? "…" + column.layer.suffix(19) : column.layer, .start, style: "label marked")
            for (place, entry) in column.rows.prefix(Self.shown).enumerated() {
                let y = 34 + Double(place) * row
                let text = "\(entry.name) \(Number.signedPercent(entry.share))"
                func draw(_ drawing: inout Drawing) {
                    drawing.rectangle(x, y + 16, max(1, bar * Double(abs(entry.share) / largest)), 10, entry.share < 0 ? "fill quiet" : "fill")
                    drawing.text(x, y + 11, text, .start)
                }
                if let href = entry.href { drawing.link(root + href, name: "\(text), \(column.layer)", draw) } else { draw(&drawing) }
            }
        }
        return drawing.group(id: id, style: "chart flow", title: title, description: "The table below says the same.")
    }
}
