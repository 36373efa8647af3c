import Run

/// The neuron card: everything the run knows of one unit, on one page.
struct UnitPage {
    let context: SiteContext
    let layer: LayerContent
    let unit: LayerStatistics.Unit
    let previous: Int?
    let next: Int?

    /// The place of a unit's prototype in the site.
    static func picturePath(_ layer: LayerContent, _ unit: Int) -> String { "\(layer.folder)/\(unit)/prototype.png" }

    /// Its pictures are in the site then; its text is not.
    func draft() throws -> SiteContext.Draft {
        var fields = try Card(unit, of: layer, in: context).fields()
        fields.add([
            "layer": layer.name, "layerPage": "\(layer.folder)/index.html", "unit": String(unit.unit),
            "unitName": layer.name(of: unit.unit), "previous": previous.map(neighbour), "next": next.map(neighbour), "images": Number.grouped(layer.statistics.images),
        ])
        let title = "\(layer.name) · unit \(unit.unit)" + (layer.name(of: unit.unit).map { " (\($0))" } ?? "")
        return SiteContext.Draft(
            template: "unit", fields: fields, path: layer.page(of: unit.unit), title: title, section: .layers)
    }

    private func neighbour(_ unit: Int) -> Fields { ["unit": String(unit), "href": layer.page(of: unit)] }
}
