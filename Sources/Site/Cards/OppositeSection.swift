import Run

/// The same unit looked at the other way, where the run did: its page and its prototype.
enum OppositeSection: CardSection {
    static func fields(of card: Card) throws -> Fields {
        guard case .unit(let layer, let unit) = card.target else { return [:] }
        let original = NegatedLayer.original(of: layer), other = original ?? NegatedLayer.name(of: layer)
        let context = card.context
        guard context.content.manifest.options.layers.contains(other) else { return [:] }
        let folder = "layers/\(RunPath.key(for: other))/\(unit)"
        var fields: Fields = ["isInhibition": original == nil, "layer": other, "href": "\(folder)/index.html"]
        if let prototype = try context.content.run.read(Prototype.self, from: .prototype(layer: other, unit: unit)),
            let path = try context.prototypePath(prototype, at: "\(folder)/prototype.png")
        {
            fields["picture"] = context.picture(path, alt: "Prototype of unit \(unit) of \(other)", .medium)
        }
        return ["opposite": fields]
    }
}
