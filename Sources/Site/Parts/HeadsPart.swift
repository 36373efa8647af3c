import Run

/// The heads of attentions: where they look, and how much relevance goes through them.
final class HeadsPart: SitePart {
    static let entry = SiteEntry(section: .heads, title: "Heads", href: "heads/index.html", hasMore: true)

    private let heads: AttentionHeads
    /// Nil where none was followed.
    private let relevance: HeadRelevance?

    init?(_ content: RunContent) throws {
        guard let heads = try content.run.read(AttentionHeads.self, from: .heads) else { return nil }
        self.heads = heads
        relevance = try content.run.read(HeadRelevance.self, from: .headRelevance)
    }

    func write(_ context: SiteContext, _ report: inout Report) throws {
        let folders = heads.layers.map { "heads/\(RunPath.key(for: $0.name))" }
        for (number, layer) in heads.layers.enumerated() {
            try HeadLayerPage(
                context: context, layer: layer, relevance: relevance?.layers.first { $0.name == layer.name }, composite: relevance?.composite,
                images: heads.images, folder: folders[number], previous: number > 0 ? (heads.layers[number - 1].name, folders[number - 1]) : nil,
                next: number + 1 < folders.count ? (heads.layers[number + 1].name, folders[number + 1]) : nil
            ).write()
        }
        try HeadsPage(context: context, heads: heads, relevance: relevance, folders: folders).write()
    }

    func overview(_ context: SiteContext) throws -> Fields {
        [
            "heads": [
                "href": Self.entry.href, "count": Number.count(heads.layers.reduce(0) { $0 + $1.heads.count }, "head"),
                "layers": Number.count(heads.layers.count, "attention"),
            ] as Fields
        ]
    }

    func method(_ context: SiteContext) throws -> Fields {
        [
            "heads": [
                "images": Number.count(heads.images, "image"), "hasWindows": heads.layers.contains { $0.windows > 1 },
                "looker": heads.layers.lazy.compactMap(\.looker).first,
                "relevance": relevance.map {
                    ["composite": $0.composite, "images": Number.grouped($0.images), "classes": Number.count($0.classes, "class", "classes")] as Fields
                },
            ] as Fields
        ]
    }
}

extension SiteContext.Section {
    static let heads = Self("Heads")
}
