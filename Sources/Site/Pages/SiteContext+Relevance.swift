import Run

/// What mattered to a target, in its prototype and in its references.
extension SiteContext {
    /// A prototype without what did not matter, brought to `folder`; nil when there is no such picture.
    func masked(_ prototype: Prototype, of subject: String, in folder: String) throws -> Fields? {
        guard let masked = prototype.maskedPicture, let path = try runPicture(masked, at: "\(folder)/masked.png")
        else { return nil }
        return ["picture": picture(path, alt: "What matters in the prototype of \(subject)", .large)]
    }

    /// The references of which there are maps of relevance, each with its map over it, brought to `folder`; nil when there are none.
    func heatMaps(_ prototype: Prototype, in folder: String) throws -> Fields? {
        guard let maps = prototype.heatMaps else { return nil }
        let figures = try maps.maps.enumerated().compactMap { number, map -> Fields? in
            guard prototype.references.indices.contains(map.reference),
                case let reference = prototype.references[map.reference],
                let image = content.images.images[reference.image], let path = try imagePath(reference.image),
                let heat = try runPicture(map.picture, at: "\(folder)/relevance-\(number).png")
            else { return nil }
            // A window is cut out of the whole picture by the drawing's own edges.
            let whole = content.inputSize
            let part = self.part(reference.window)
            let box = part ?? (top: 0, left: 0, height: whole.height, width: whole.width)
            var fields = picture(path, alt: "", .medium, sides: (height: box.height, width: box.width))
            fields["box"] = ["x": String(box.left), "y": String(box.top), "w": String(box.width), "h": String(box.height)] as Fields
            fields["wholeWidth"] = String(whole.width)
            fields["wholeHeight"] = String(whole.height)
            fields["heat"] = heat
            let name = image.label.map { "\(content.className($0)): \(image.path)" } ?? image.path
            fields["label"] = "\(part == nil ? "" : "A window of ")\(name), and what in it matters"
            fields["class"] = image.label.map(classLink)
            fields["path"] = image.path
            fields["isWindow"] = part != nil
            fields["residual"] = map.residual.map { Number.short($0) }
            return fields
        }
        guard !figures.isEmpty else { return nil }
        return [
            "composite": maps.composite, "layer": maps.layer, "limit": Number.short(maps.limit), "figures": figures,
            "hasResiduals": maps.maps.contains { $0.residual != nil },
        ]
    }
}
