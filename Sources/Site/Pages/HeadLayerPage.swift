import Run

/// The heads of one attention: a section each, with the images in which they look at one place most.
struct HeadLayerPage {
    let context: SiteContext
    let layer: AttentionHeads.Layer
    /// Nil where none was followed.
    let relevance: HeadRelevance.Layer?
    let composite: String?
    let images: Int
    let folder: String
    let previous: (name: String, folder: String)?
    let next: (name: String, folder: String)?

    /// Heads a page: its weight does not grow with them.
    private static let heads = 12

    /// Where a head's section is, in the attention's folder.
    static func place(of head: Int) -> String {
        let page = head / heads + 1
        return "\(page == 1 ? "index.html" : "part-\(page).html")#head-\(head)"
    }

    func write() throws {
        let parts = PartPages(of: layer.heads.count, size: Self.heads, in: folder)
        let sections = try layer.heads.map(section)
        for number in 1...parts.count {
            var fields: Fields = [
                "name": layer.name, "count": Number.count(layer.heads.count, "head"), "images": Number.count(images, "image"),
                "windows": layer.windows > 1 ? Number.grouped(layer.windows) : nil, "queries": Number.grouped(layer.queries),
                "keys": Number.grouped(layer.keys), "learned": layer.tokens.isEmpty ? nil : layer.tokens.joined(separator: ", "),
                "looker": layer.looker, "uniformDistance": layer.uniformDistance.map { Number.short($0) },
                "uniformEntropy": Number.short(layer.uniformEntropy), "composite": relevance == nil ? nil : composite,
                "hasRelevance": relevance != nil, "block": block, "heads": Array(sections[parts.places(on: number)]),
                "previous": previous.map(Self.neighbour), "next": next.map(Self.neighbour),
            ]
            fields.add(parts.fields(on: number))
            try context.write(
                "head-layer", fields, to: parts.path(number), title: number == 1 ? layer.name : "\(layer.name), page \(number)", section: .heads)
        }
    }

    private static func neighbour(_ other: (name: String, folder: String)) -> Fields { ["name": other.name, "href": "\(other.folder)/index.html"] }

    /// The reported layer that the attention is a part of; nil where there is none.
    private var block: Fields? {
        let known = context.content.reportedLayers.map(\.name).filter { layer.name.hasPrefix($0 + ".") }
        return known.max { $0.count < $1.count }.map { ["name": $0, "href": "layers/\(RunPath.key(for: $0))/index.html"] }
    }

    private func section(_ head: AttentionHeads.Head) throws -> Fields {
        let relevant = relevance.flatMap { $0.heads.indices.contains(head.index) ? $0.heads[head.index] : nil }
        let figures = try head.strongest.enumerated().compactMap { number, found -> Fields? in
            guard var fields = try context.realImage(found.image, .medium), let path = try context.imagePath(found.image),
                let heat = try context.runPicture(found.picture, at: "\(folder)/\(head.index)-\(number).png")
            else { return nil }
            let whole = context.content.inputSize
            fields.add(context.picture(path, alt: "", .medium))
            fields.add([
                "wholeWidth": String(whole.width), "wholeHeight": String(whole.height), "heat": heat, "share": Number.percent(found.share),
                "label": "\(context.content.images.images[found.image]?.path ?? ""), and where head \(head.index) looks",
            ])
            return fields
        }
        return [
            "head": String(head.index),
            "numbers": numbers(head).map { ["name": $0.name, "value": $0.value] as Fields },
            "figures": figures, "hasFigures": !figures.isEmpty, "share": relevant.map { Number.signedPercent($0.share) },
            "classes": relevant.map { $0.classes.prefix(5).map { share -> Fields in ["class": context.classLink(share.index), "share": Number.percent(share.share)] } },
            "hasClasses": !(relevant?.classes.isEmpty ?? true),
        ]
    }

    private func numbers(_ head: AttentionHeads.Head) -> [(name: String, value: String)] {
        var rows: [(String, String)] = []
        if let distance = head.distance { rows.append(("mean distance", "\(Number.short(distance)) px")) }
        if let itself = head.itself { rows.append(("to itself", Number.percent(itself))) }
        for (token, share) in zip(layer.tokens, head.tokens) { rows.append(("to \(token)", Number.percent(share))) }
        rows.append(("entropy", "\(Number.short(head.entropy)) nats"))
        return rows
    }
}
