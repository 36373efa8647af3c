import Run

/// Where a unit's relevance comes from and whom it serves, and the images in which it matters most to a class.
enum FlowSection: CardSection {
    /// Images beside those with the largest activation.
    private static let shownImages = 6

    static func fields(of card: Card) throws -> Fields {
        guard case .unit(let layer, let unit) = card.target, let flow = card.layer.flow, flow.units.indices.contains(unit) else { return [:] }
        let entry = flow.units[unit], context = card.context
        let upstream = (entry.source?.units ?? []).map { share in
            Row(
                name: "unit \(share.index)", group: entry.source?.layer, share: share.share,
                href: context.unitPage(share.index, of: entry.source?.layer ?? ""))
        }
        let units = entry.downstream.map { other in
            Row(name: "unit \(other.unit)", group: other.layer, share: other.share, href: context.unitPage(other.unit, of: other.layer))
        }
        let classes = entry.classes.map { share in
            Row(
                name: context.content.className(share.index), group: "class", share: share.share,
                href: context.content.hasPage(class: share.index) ? "classes/\(share.index)/index.html" : nil)
        }
        var fields: Fields = [:]
        if !upstream.isEmpty || !units.isEmpty || !classes.isEmpty {
            let chart = FlowChart(
                root: "../../../", subject: "unit \(unit)", upstream: upstream, units: units, classes: classes
            ).chart(id: "flow", title: "Relevance of unit \(unit) of \(layer)")
            fields["flow"] =
                [
                    "composite": flow.composite, "chart": chart, "hasUpstream": !upstream.isEmpty, "upstream": upstream.map(\.fields),
                    "source": entry.source.map(context.source), "hasUnits": !units.isEmpty, "units": units.map(\.fields),
                    "hasClasses": !classes.isEmpty, "classes": classes.map(\.fields),
                    "hasDownstream": !units.isEmpty || !classes.isEmpty,
                ] as Fields
        }
        let relevant = try entry.relevantImages.prefix(shownImages).compactMap { image -> Fields? in
            guard var fields = try context.realImage(image.exemplar.image, .medium) else { return nil }
            fields["activation"] = Number.percent(image.exemplar.activation)
            fields["window"] = context.frame(image.exemplar.window)
            let label = context.content.images.images[image.exemplar.image]?.label
            // Whose relevance it is goes without saying where it is the image's own class.
            if label != image.classIndex { fields["class"] = context.classLink(image.classIndex) }
            return fields
        }
        if !relevant.isEmpty {
            let strongest = Set(card.statistics.strongest.map(\.image)), shown = entry.relevantImages.prefix(shownImages)
            fields["relevantImages"] =
                [
                    "figures": relevant, "composite": flow.composite,
                    "shared": Number.grouped(shown.count { strongest.contains($0.exemplar.image) }), "count": Number.grouped(relevant.count),
                ] as Fields
        }
        return fields
    }

    /// A unit or a class with its share.
    struct Row {
        let name: String
        /// The layer, or `class`.
        let group: String?
        let share: Float
        /// In the site; nil where it has no page.
        let href: String?

        var fields: Fields {
            ["name": name, "group": group, "share": Number.signedPercent(share), "href": href, "bar": ShareBar.ornament(abs(share), width: 96)]
        }
    }
}

extension SiteContext {
    /// The page of a unit of a reported layer; nil for others.
    func unitPage(_ unit: Int, of layer: String) -> String? {
        content.manifest.options.layers.contains(layer) ? "layers/\(RunPath.key(for: layer))/\(unit)/index.html" : nil
    }

    /// What is known of a target's relevance at a layer.
    func source(_ source: RelevanceSource) -> Fields {
        [
            "layer": source.layer, "images": Number.count(source.images, "image"), "arrived": Number.percent(source.arrived),
            "residual": Number.short(source.residual), "isLeaky": source.residual > 0.05,
        ]
    }
}
