import Run

/// One of two runs on the pages about their difference.
struct ComparedRun {
    /// `A` or `B`.
    let name: String
    let context: SiteContext
    /// Nil where pages do not lie in or beside it.
    let site: NeighbouringSite?
    /// Where its pictures lie.
    private let folder: String

    /// Strongest images shown of a unit.
    private static let images = 4

    init(_ content: RunContent, name: String, folder: String, site: NeighbouringSite?, in booklet: Booklet) {
        self.name = name
        self.folder = folder
        self.site = site
        context = SiteContext(content: content, templates: booklet.templates, folder: booklet.folder, imageFolder: "\(folder)/images")
    }

    /// What the run knows of a layer; nil where it does not report it.
    func layer(_ name: String) throws -> LayerContent? {
        guard let layer = context.content.reportedLayers.first(where: { $0.name == name }) else { return nil }
        return try LayerContent(layer, of: context.content.run)
    }

    /// A unit with its prototype and its strongest images.
    ///
    /// - Parameter isNearest: it is no counterpart, only the nearest there is.
    func unit(_ unit: Int, of layer: LayerContent?, isNearest: Bool) throws -> Fields {
        guard let layer, layer.statistics.units.indices.contains(unit) else { return ["unit": String(unit), "isNearest": isNearest] }
        let statistics = layer.statistics.units[unit]
        var fields: Fields = [
            "unit": String(unit), "isNearest": isNearest, "href": site?.page(layer.page(of: unit)), "isDead": statistics.isDead,
            "activity": statistics.isDead ? nil : Number.percent(statistics.activeImages),
            "top": statistics.isDead
                ? nil : statistics.topClasses(2).map { PlainText.clipped(context.content.className($0.index)) }.joined(separator: ", "),
            "strongest": try statistics.isDead
                ? []
                : statistics.strongest.prefix(Self.images).compactMap { exemplar -> Fields? in
                    try context.imagePath(exemplar.image).map { path in
                        let name = context.content.images.images[exemplar.image]?.path ?? ""
                        var picture = context.picture(path, alt: PlainText.clipped(name, to: 60), .tiny)
                        picture["window"] = context.frame(exemplar.window)
                        return picture
                    }
                },
        ]
        if let prototype = layer.prototypes[unit], let path = try context.prototypePath(prototype, at: "\(folder)/\(layer.folder)/\(unit).png") {
            fields["picture"] = context.picture(path, alt: "Prototype of unit \(unit) in \(name)", .small)
        }
        return fields
    }

    /// Numbers of the images that excite a unit most.
    static func strongest(_ unit: Int, of layer: LayerContent?) -> [Int]? {
        guard let layer, layer.statistics.units.indices.contains(unit), !layer.statistics.units[unit].isDead else { return nil }
        return layer.statistics.units[unit].strongest.map(\.image)
    }
}
