import Run

/// Which units of each layer carry a class's relevance, for its page.
struct ClassFlowFields {
    let context: SiteContext
    let index: Int

    func fields() -> Fields {
        guard let flow = context.content.classFlow, let entry = flow.classes.first(where: { $0.index == index }), !entry.layers.isEmpty
        else { return [:] }
        let columns = entry.layers.map { source in
            (
                layer: source.layer,
                rows: source.units.map { share in
                    FlowSection.Row(
                        name: "unit \(share.index)", group: source.layer, share: share.share, href: context.unitPage(share.index, of: source.layer))
                }, arrived: source.arrived
            )
        }
        return [
            "flow": [
                "composite": flow.composite, "images": Number.count(entry.layers[0].images, "image"),
                "chart": FlowLadder(root: "../../", columns: columns).chart(
                    id: "flow", title: "Relevance of the class \(context.content.className(index)) by layer"),
                "layers": zip(entry.layers, columns).map { source, column -> Fields in
                    var fields = context.source(source)
                    fields["units"] = column.rows.map(\.fields)
                    return fields
                },
            ] as Fields
        ]
    }
}
