import Run

/// All heads at a glance: how far each looks, by depth, and a table.
struct HeadsPage {
    let context: SiteContext
    let heads: AttentionHeads
    let relevance: HeadRelevance?
    /// Of the attentions' pages, in their order.
    let folders: [String]

    func write() throws {
        let shares = Dictionary((relevance?.layers ?? []).map { ($0.name, $0) }) { first, _ in first }
        let rows = zip(heads.layers, folders).map { layer, folder -> Fields in
            let distances = layer.heads.compactMap(\.distance), own = shares[layer.name]
            return [
                "name": layer.name, "href": "\(folder)/index.html", "heads": Number.grouped(layer.heads.count),
                "tokens": layer.windows > 1 ? "\(layer.windows) × \(layer.keys)" : Number.grouped(layer.keys),
                "nearest": distances.min().map { Number.short($0) }, "farthest": distances.max().map { Number.short($0) },
                "entropy": Number.short(layer.heads.reduce(0) { $0 + $1.entropy } / Float(max(1, layer.heads.count))),
                "learned": layer.tokens.isEmpty
                    ? nil : Number.percent(layer.heads.reduce(0) { $0 + $1.tokens.reduce(0, +) } / Float(max(1, layer.heads.count))),
                "relevance": own.map { Number.percent($0.heads.reduce(0) { $0 + $1.share }) },
            ]
        }
        let count = heads.layers.reduce(0) { $0 + $1.heads.count }
        try context.write(
            "heads",
            [
                "network": context.content.network.displayName, "count": Number.count(count, "head"),
                "layers": Number.count(heads.layers.count, "attention"), "images": Number.count(heads.images, "image"), "chart": chart, "rows": rows,
                "hasLearned": heads.layers.contains { !$0.tokens.isEmpty }, "hasRelevance": relevance != nil,
                "composite": relevance?.composite, "table": "heads/heads.csv",
            ], to: "heads/index.html", title: "Heads", section: .heads)
        try context.folder.write(csv(shares), to: "heads/heads.csv")
    }

    /// A point for each head: how far it looks, over the depth of its attention. Nil where none look at places.
    private var chart: Markup? {
        let far = heads.layers.flatMap { $0.heads.compactMap(\.distance) + [$0.uniformDistance].compactMap { $0 } }
        guard let greatest = far.max(), greatest > 0 else { return nil }
        var drawing = Drawing(width: 640, height: 260)
        let axes = Axes(drawing), step = axes.width / Double(heads.layers.count)
        func x(_ layer: Int) -> Double { axes.left + (Double(layer) + 0.5) * step }
        func y(_ distance: Float) -> Double { axes.bottom - Double(distance / greatest) * (axes.height - 14) }
        let every = max(1, (heads.layers.count + 15) / 16)
        axes.draw(
            in: &drawing, x: "attention, in the order of execution", y: "mean distance in pixels",
            xTicks: heads.layers.indices.filter { $0 % every == 0 }.map { (x($0), String($0)) },
            yTicks: [0, greatest / 2, greatest].map { (y($0), Number.short($0)) })
        for (number, layer) in heads.layers.enumerated() {
            if let uniform = layer.uniformDistance { drawing.line(x(number) - 0.3 * step, y(uniform), x(number) + 0.3 * step, y(uniform), "mark") }
            for head in layer.heads {
                guard let distance = head.distance, distance.isFinite else { continue }
                drawing.link("../\(folders[number])/\(HeadLayerPage.place(of: head.index))", name: "\(layer.name), head \(head.index): \(Number.short(distance)) pixels") {
                    $0.disc(x(number), y(distance), 4, "fill")
                }
            }
        }
        return drawing.group(
            id: "distances", style: "chart map", title: "How far heads look",
            description: "From \(Number.short(far.min() ?? 0)) to \(Number.short(greatest)) pixels. The table below says the same.")
    }

    private func csv(_ shares: [String: HeadRelevance.Layer]) -> String {
        let names = heads.layers.flatMap(\.tokens).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        var lines = ["attention,head,mean_distance_px,to_itself," + names.map { PlainText.csv("to_\($0)") + "," }.joined() + "entropy_nats,relevance"]
        for layer in heads.layers {
            for head in layer.heads {
                let tokens = names.map { name in layer.tokens.firstIndex(of: name).map { head.tokens[$0] } }
                let own = shares[layer.name]?.heads
                let cells = [layer.name, String(head.index), Number.exact(head.distance), Number.exact(head.itself)] + tokens.map { Number.exact($0) }
                    + [Number.exact(head.entropy), Number.exact(own.flatMap { $0.indices.contains(head.index) ? $0[head.index].share : nil })]
                lines.append(cells.map(PlainText.csv).joined(separator: ","))
            }
        }
        return PlainText.csvFile(lines)
    }
}
