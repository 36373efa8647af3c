import Glibc
import Run

/// A unit's card: its prototype and what mattered in it, what it does on all images, the real windows that excite it most, relevance in its
/// references, and whether the prototype holds.
enum UnitFigure: FigureKind {
    static let kind = "unit", summary = "a unit's card: prototype, real images, heat maps, histogram, whether it holds"
    static let keys: Set<FigureRequest.Key> = [.layer, .units]
    private static let gap = 6.0
    /// Of real windows in a row.
    private static let smallest = 42.0, most = 8

    static func content(_ request: FigureRequest, of source: FigureSource) throws -> FigureContent {
        let layer = try source.layer(with: "prototype of a unit", remedy: "`vitrine report` with --units makes them: all, 0-15, layer1:3.") {
            !$0.prototypes.isEmpty || request.units != nil
        }
        let unit = try source.oneUnit(of: layer)
        guard let prototype = layer.prototypes[unit.unit] else { throw UnitsFigure.noPrototype([unit.unit], of: layer) }
        var pictures = FigurePictures(), missing = 0
        let text = source.text, type = source.type, width = source.width, head = text * 1.4
        let name = "unit \(unit.unit) of \(PlainText.clipped(layer.name, to: 60))"
        func picture(_ path: String?, _ name: String) throws -> FigurePictures.Entry? {
            guard let path else { return nil }
            guard let bytes = try source.picture(path) else {
                missing += 1
                return nil
            }
            return try pictures.add(bytes, name)
        }
        let own = try picture(prototype.picture, "prototype"), masked = try picture(prototype.maskedPicture, "masked")
        var scene = Scene(width: width, height: 0)

        // The prototype and what mattered in it, then the histogram in the rest of the row.
        let room = width < 300 ? width * 0.27 : min(width * 0.19, 96)
        var x = 0.0
        for (entry, title) in [(own, "Prototype"), (masked, "Masked")] {
            guard let entry else { continue }
            let frame = PictureFrame(entry.pixels, room: room), side = max(frame.width, frame.height)
            scene.text(type.clipped(title, to: side + gap - 1, size: text, isBold: true), x, text * 0.85, size: text, .start, isBold: true)
            scene.place(entry, x: x, y: head, room: side)
            x += side + gap
        }
        let rowSide = max(room, text * 8)
        let histogram = HistogramPanel(histogram: unit.histogram, mark: prototype.trust.activation)
        let panel = histogram.scene(width: width - x, height: head + rowSide, text: text, type: type)
        scene.add(panel, x: x, y: 0)
        var y = head + rowSide + gap

        let windows = try windows(of: unit, source, &pictures)
        let (maps, lost) = try heatMaps(prototype, source, &pictures)
        // Both rows have as many places, so that all pictures are of one size.
        let fitting = max(1, min(most, Int((width + 4) / (smallest + 4))))
        let columns = max(min(fitting, max(windows.count, maps.count)), fitting / 2)
        for (cells, title) in [(windows, "Top-activating images"), (maps, "Relevance in the images it was matched to")] where !cells.isEmpty {
            scene.text(type.clipped(title, to: width, size: text, isBold: true), 0, y + text * 0.85, size: text, .start, isBold: true)
            let row = PictureGrid(cells: Array(cells.prefix(columns)), columns: columns, isLeading: true).scene(width: width, text: text, type: type)
            scene.add(row, x: 0, y: y + text * 1.4)
            y += text * 1.4 + row.height + gap
        }
        let sentences = PrototypeWords.trust(prototype, largest: unit.maximum, className: source.className)
        for line in type.lines(sentences.joined(separator: " "), to: width, size: text) {
            scene.text(line, 0, y + text * 0.85, size: text, .start)
            y += text * 1.25
        }
        scene = scene.resized(height: y)
        scene.title = "Card of \(name)"
        scene.description = sentences.joined(separator: " ")
        return FigureContent(
            name: FigureSource.fileName(kind, layer: layer.name, [String(unit.unit)]), scene: scene,
            caption: caption(unit, prototype, layer, source, hasMasked: masked != nil, windows: windows.count, maps: maps.count),
            numbers: numbers(unit, prototype, layer, source), pictures: pictures.bytes, request: request, remarks: FigureSource.missing(missing + lost))
    }

    /// The windows that excite it most, cut out, each with its activation.
    private static func windows(of unit: LayerStatistics.Unit, _ source: FigureSource, _ pictures: inout FigurePictures) throws -> [PictureGrid.Cell] {
        var cells: [PictureGrid.Cell] = []
        for (place, exemplar) in unit.strongest.prefix(most).enumerated() {
            guard let bytes = try source.image(exemplar.image, window: exemplar.window) else { continue }
            cells.append(.init(picture: try pictures.add(bytes, "window-\(place)"), lines: [Number.short(exemplar.activation)]))
        }
        return cells
    }

    /// References with the map of relevance over them, and how many pictures are missing.
    private static func heatMaps(_ prototype: Prototype, _ source: FigureSource, _ pictures: inout FigurePictures) throws -> ([PictureGrid.Cell], Int) {
        guard let maps = prototype.heatMaps else { return ([], 0) }
        var cells: [PictureGrid.Cell] = [], missing = 0
        for map in maps.maps.prefix(most) where prototype.references.indices.contains(map.reference) {
            let reference = prototype.references[map.reference]
            guard let under = try source.image(reference.image, window: reference.window) else { continue }
            guard let over = try source.picture(map.picture) else {
                missing += 1
                continue
            }
            let number = map.reference
            cells.append(.init(picture: try pictures.add(under, "reference-\(number)"), over: try pictures.add(over, "relevance-\(number)")))
        }
        return (cells, missing)
    }

    private static func caption(
        _ unit: LayerStatistics.Unit, _ prototype: Prototype, _ layer: LayerContent, _ source: FigureSource, hasMasked: Bool, windows: Int, maps: Int
    ) -> String {
        let name = "Unit \(unit.unit) of \(PlainText.clipped(layer.name, to: 60))"
        var text = "\(name) of \(source.run.network.displayName). Prototype: matched to the feature distributions of "
            + "\(Number.count(prototype.references.count, "real image"))\(prototype.references.contains { $0.window != nil } ? " (windows)" : "")"
            + ", \(Number.count(prototype.steps, "step"))"
            + (hasMasked ? "; masked: what in it carries the unit’s relevance" : "")
            + ". Histogram: strongest activation in each of \(Number.count(unit.histogram.count, "real image")); \(HistogramPanel(histogram: unit.histogram, mark: nil).words); line: the prototype."
        if windows > 0 { text += " Top-activating images: the receptive field of the maximum in each, with its activation." }
        if maps > 0, let heat = prototype.heatMaps {
            text += " Relevance (\(heat.composite)) read at \(heat.layer) and summed over channels, red for it, blue against, one scale for all, saturating at "
                + "\(Number.short(heat.limit))."
            let residuals = heat.maps.compactMap(\.residual)
            if let largest = residuals.max() { text += " Conservation error: at most \(Number.percent(largest))." }
        }
        return text
    }

    private static func numbers(_ unit: LayerStatistics.Unit, _ prototype: Prototype, _ layer: LayerContent, _ source: FigureSource) -> String {
        let trust = prototype.trust
        var lines = ["what,number,image,value"]
        func add(_ what: String, _ value: Float?) { if let value, value.isFinite { lines.append("\(what),,,\(Number.exact(value))") } }
        add("prototype_activation", trust.activation)
        add("multiple_of_largest", trust.multipleOfLargest)
        add("percentile", trust.percentile)
        add("seed_agreement", trust.seedAgreement)
        add("largest", unit.maximum)
        add("mean", unit.mean)
        add("active_images", unit.activeImages)
        add("selectivity", unit.selectivity)
        for (place, exemplar) in unit.strongest.prefix(most).enumerated() {
            let path = source.run.images.images[exemplar.image]?.path ?? ""
            lines.append(
                "strongest,\(place),\(source.request.isAnonymous ? "image \(exemplar.image)" : PlainText.csv(path)),\(Number.exact(exemplar.activation))")
        }
        return PlainText.csvFile(lines)
    }
}
