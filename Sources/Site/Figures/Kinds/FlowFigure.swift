import Run

/// Where relevance goes: of a class, which units of each layer carry it; of a unit, which units upstream it comes from and which units and
/// classes downstream it serves.
enum FlowFigure: FigureKind {
    static let kind = "flow", summary = "which units carry the relevance of a class, or where a unit's comes from and goes to"
    static let keys: Set<FigureRequest.Key> = [.layer, .units, .classes]

    private static let remedy =
        "`vitrine report` follows it, over the same run, with a --composite of relevance: of classes that have prototypes (--classes), and of "
        + "units that do (--units), from a reported layer (--layers) before theirs, or to one behind it, or to classes."

    static func content(_ request: FigureRequest, of source: FigureSource) throws -> FigureContent {
        if request.units != nil || request.layer != nil {
            guard request.classes == nil else { throw FigureFault(.classes, "a flow is of a unit or of a class, not of both") }
            return try unit(request, of: source)
        }
        guard let flow = source.run.classFlow, !flow.classes.isEmpty else {
            if request.classes != nil { throw FigureFault(.kind, "the run followed no relevance of classes", remedy: remedy) }
            return try unit(request, of: source)
        }
        return try ofClass(request, flow, of: source)
    }

    // MARK: A class

    private static func ofClass(_ request: FigureRequest, _ flow: ClassFlow, of source: FigureSource) throws -> FigureContent {
        let chosen = try source.chosenClasses(among: source.classCount)
        guard (chosen?.count ?? 1) == 1 else { throw FigureFault(.classes, "flow shows one class") }
        guard let entry = chosen.map({ wanted in flow.classes.first { $0.index == wanted[0] } }) ?? flow.classes.first else {
            throw FigureFault(
                .classes, "the run followed no relevance of the class \(source.fullClassName(chosen?[0] ?? 0))",
                remedy: "`vitrine report` with --classes \(chosen?[0] ?? 0) does.")
        }
        let layers = entry.layers.filter { !$0.units.isEmpty }
        guard !layers.isEmpty else { throw FigureFault(.classes, "no relevance of the class \(source.fullClassName(entry.index)) was found") }
        var pictures = FigurePictures()
        // The deepest layers where not all have room.
        let fitting = max(1, Int(source.width / (source.text * 9)))
        let shown = Array(layers.suffix(fitting))
        var scene = try ladder(shown, source, &pictures)
        let name = source.className(entry.index)
        scene.title = "Relevance of the class \(name)"
        scene.description = shown.map { layer in
            "\(layer.layer): \(layer.units.prefix(6).map { "unit \($0.index) \(Number.signedPercent($0.share))" }.joined(separator: ", "))."
        }.joined(separator: " ")
        var numbers = ["layer,unit,share,layer_arrived,layer_residual,images"]
        for layer in layers {
            for unit in layer.units {
                numbers.append(
                    "\(PlainText.csv(layer.layer)),\(unit.index),\(Number.exact(unit.share)),\(Number.exact(layer.arrived)),"
                        + "\(Number.exact(layer.residual)),\(layer.images)")
            }
        }
        let images = shown.map(\.images).max() ?? 0
        let arrived = shown.map { "\(Number.percent($0.arrived)) arrived at \(PlainText.clipped($0.layer, to: 60))" }
        return FigureContent(
            name: FigureSource.fileName(kind, ["class", String(entry.index)]), scene: scene,
            caption: "Units of \(source.run.network.displayName) that carry the most relevance of the class \(source.fullClassName(entry.index)) "
                + "(\(flow.composite)), summed over \(Number.count(images, "image")): shares of the logit’s relevance, bars on one scale; "
                + "grey: against it. Of that, \(arrived.joined(separator: ", ")).",
            numbers: PlainText.csvFile(numbers), pictures: pictures.bytes, request: request,
            remarks: shown.count < layers.count
                ? ["\(layers.count - shown.count) of \(layers.count) layers have no room at this width; their numbers are in the CSV."] : [])
    }

    /// A column a layer; in it a line a unit: its prototype if there is one, its share, a bar.
    private static func ladder(_ layers: [RelevanceSource], _ source: FigureSource, _ pictures: inout FigurePictures) throws -> Scene {
        let text = source.text, gap = text, column = (source.width - gap * Double(layers.count - 1)) / Double(layers.count)
        let lines = layers.map { min($0.units.count, 6) }.max() ?? 0
        let largest = layers.flatMap { $0.units.prefix(6).map { abs($0.share) } }.max() ?? 1
        let row = text * 2.6, head = text * 1.7
        var scene = Scene(width: source.width, height: head + Double(lines) * row - text * 0.2)
        for (number, layer) in layers.enumerated() {
            let x = Double(number) * (column + gap)
            scene.text(source.type.clipped(layer.layer, to: column, size: text, isBold: true), x, text * 0.85, size: text, .start, isBold: true)
            let thumbnails = try layer.units.prefix(6).map { try thumbnail($0.index, of: layer.layer, source, &pictures) }
            let room = thumbnails.contains { $0 != nil } ? row - text * 0.3 + 4 : 0
            // Shares stay whole; the word gives way, to all of a column.
            let hasRoom = layer.units.prefix(6).allSatisfy {
                source.type.width("unit \($0.index)  \(Number.signedPercent($0.share))", size: text) <= column - room
            }
            let word = hasRoom ? "unit " : ""
            for (place, unit) in layer.units.prefix(6).enumerated() {
                let y = head + Double(place) * row
                if let picture = thumbnails[place] { scene.place(picture, x: x, y: y, room: row - text * 0.3) }
                let left = x + room, length = column - room, share = Number.signedPercent(unit.share)
                let words = "\(word)\(unit.index)  \(share)"
                scene.text(source.type.clipped(words, to: length, size: text), left, y + text * 0.9, size: text, .start)
                let bar = max(0.5, length * Double(abs(unit.share) / max(largest, .leastNormalMagnitude)))
                scene.add(
                    .boxes([.init(x: left, y: y + text * 1.3, width: bar, height: text * 0.7)], unit.share < 0 ? HistogramPanel.zero : HistogramPanel.bar))
            }
        }
        return scene
    }

    private static func thumbnail(_ unit: Int, of layer: String, _ source: FigureSource, _ pictures: inout FigurePictures) throws -> FigurePictures.Entry? {
        guard let prototype = try source.reportedLayer(layer)?.prototypes[unit], let bytes = try source.picture(prototype.picture) else { return nil }
        return try pictures.add(bytes, "\(layer) \(unit)")
    }

    // MARK: A unit

    /// A node at the side of the unit.
    private struct Node {
        var name: String
        var share: Float
        /// Of whose unit; nil for a class.
        var layer: String?
        var index: Int
    }

    private static func unit(_ request: FigureRequest, of source: FigureSource) throws -> FigureContent {
        func hasAny(_ unit: LayerFlow.Unit) -> Bool { !(unit.source?.units.isEmpty ?? true) || !unit.downstream.isEmpty || !unit.classes.isEmpty }
        let layer = try source.layer(with: "flow of relevance", remedy: remedy) { $0.flow?.units.contains(where: hasAny) ?? false }
        guard let flow = layer.flow else { throw FigureFault(.layer, "\(layer.name) has no flow of relevance", remedy: remedy) }
        let chosen = try source.chosenUnits(of: layer)
        guard (chosen?.count ?? 1) == 1 else { throw FigureFault(.units, "flow shows one unit") }
        let wanted = chosen?[0] ?? flow.units.first(where: hasAny)?.unit ?? 0
        guard let entry = flow.units.first(where: { $0.unit == wanted }), hasAny(entry) else {
            throw FigureFault(.units, "no relevance of unit \(wanted) of \(PlainText.clipped(layer.name, to: 120)) was followed", remedy: remedy)
        }
        let left = (entry.source?.units ?? []).prefix(7).map {
            Node(name: "unit \($0.index)", share: $0.share, layer: entry.source?.layer, index: $0.index)
        }
        let units = entry.downstream.prefix(7).map { Node(name: "unit \($0.unit)", share: $0.share, layer: $0.layer, index: $0.unit) }
        let classes = entry.classes.prefix(7).map { Node(name: source.className($0.index), share: $0.share, layer: nil, index: $0.index) }
        var pictures = FigurePictures()
        var scene = try picture(wanted, of: layer, left: Array(left), right: [Array(units), Array(classes)], source, &pictures)
        let name = "unit \(wanted) of \(PlainText.clipped(layer.name, to: 60))"
        scene.title = "Relevance of \(name)"
        scene.description = [("From", Array(left)), ("to", Array(units)), ("to", Array(classes))].filter { !$0.1.isEmpty }
            .map { "\($0.0) \($0.1.map { "\($0.name) \(Number.signedPercent($0.share))" }.joined(separator: ", "))" }.joined(separator: "; ") + "."
        var numbers = ["direction,layer,index,name,share"]
        for (direction, nodes) in [("from", Array(left)), ("to", Array(units)), ("to", Array(classes))] {
            for node in nodes {
                let label = node.layer == nil ? source.run.className(node.index) : node.name
                numbers.append("\(direction),\(PlainText.csv(node.layer ?? "class")),\(node.index),\(PlainText.csv(label)),\(Number.exact(node.share))")
            }
        }
        let from = entry.source.map {
            " Left: units of \(PlainText.clipped($0.layer, to: 60)) by their share of its relevance, summed over \(Number.count($0.images, "image")); "
                + "\(Number.percent($0.arrived)) of it arrived there."
        } ?? ""
        let to = units.isEmpty && classes.isEmpty ? "" : " Right: the share of their relevance that it carries."
        return FigureContent(
            name: FigureSource.fileName(kind, layer: layer.name, [String(wanted)]), scene: scene,
            caption: "Relevance (\(flow.composite)) of \(name) of \(source.run.network.displayName); bands as thick as the share, on one scale, "
                + "grey: against.\(from)\(to)",
            numbers: PlainText.csvFile(numbers), pictures: pictures.bytes, request: request)
    }

    private static func picture(
        _ unit: Int, of layer: LayerContent, left: [Node], right: [[Node]], _ source: FigureSource, _ pictures: inout FigurePictures
    ) throws -> Scene {
        let text = source.text, width = source.width
        let groups = right.filter { !$0.isEmpty }
        let rightRows = groups.reduce(0) { $0 + $1.count + 1 }, leftRows = left.isEmpty ? 0 : left.count + 1
        let row = text * 2.2
        // At least as high as the prototype in the middle.
        let centre = min(width * 0.14, 72)
        let height = max(Double(max(leftRows, rightRows)) * row, centre + text * 1.6)
        var scene = Scene(width: width, height: height)
        let middle = height / 2
        let ownLeft = left.isEmpty ? 0 : (width - centre) / 2, ownRight = ownLeft + centre
        let side = left.isEmpty ? width - centre : (width - centre) / 2
        let band = side * 0.28, room = row - text * 0.35
        let largest = (left + groups.flatMap { $0 }).map { abs($0.share) }.filter(\.isFinite).max() ?? 1
        func thickness(_ share: Float) -> Double { max(0.5, share.isFinite ? Double(abs(share) / max(largest, .leastNormalMagnitude)) * row * 0.75 : 0) }
        func paint(_ share: Float) -> Scene.Paint { .colour(share < 0 ? Colour(0xA0A0A0) : Colour(0x3F6FA8), opacity: 0.45) }
        func label(_ node: Node, _ y: Double, isLeft: Bool, in scene: inout Scene) throws {
            let picture = try node.layer.flatMap { try thumbnail(node.index, of: $0, source, &pictures) }
            let inner = isLeft ? ownLeft - band : ownRight + band
            if let picture { scene.place(picture, x: isLeft ? inner - room : inner, y: y - room / 2, room: room) }
            let start = picture == nil ? 3 : room + 3
            let length = side - band - start, share = Number.signedPercent(node.share)
            // The share stays whole; names give way, those of units to their numbers.
            let free = length - source.type.width("  " + share, size: text)
            let fits = source.type.width(node.name, size: text) <= free
            let name = fits || node.layer == nil ? source.type.clipped(node.name, to: free, size: text) : String(node.index)
            scene.text("\(name)  \(share)", isLeft ? inner - start : inner + start, y + text * 0.35, size: text, isLeft ? .end : .start)
        }
        func heading(_ words: String, _ y: Double, isLeft: Bool, in scene: inout Scene) {
            let inner = isLeft ? ownLeft - band : ownRight + band
            scene.text(source.type.clipped(words, to: side - band, size: text), inner, y + text * 0.5, size: text, isLeft ? .end : .start, .soft)
        }
        var places: [(node: Node, y: Double, isLeft: Bool)] = [], headings: [(words: String, y: Double, isLeft: Bool)] = []
        if let layer = left.first?.layer {
            let top = middle - Double(leftRows) * row / 2 + row / 2
            headings.append(("from \(layer)", top, true))
            for (place, node) in left.enumerated() { places.append((node, top + Double(place + 1) * row, true)) }
        }
        var y = middle - Double(rightRows) * row / 2 + row / 2
        for group in groups {
            headings.append((group[0].layer.map { "to \($0)" } ?? "to classes", y, false))
            for node in group {
                y += row
                places.append((node, y, false))
            }
            y += row
        }
        for place in places {
            let own = Scene.Point(x: place.isLeft ? ownLeft : ownRight, y: middle)
            let other = Scene.Point(x: place.isLeft ? ownLeft - band : ownRight + band, y: place.y)
            scene.add(
                .ribbon(
                    from: place.isLeft ? other : own, to: place.isLeft ? own : other, thickness: thickness(place.node.share), paint(place.node.share)))
        }
        if let own = try thumbnail(unit, of: layer.name, source, &pictures) {
            scene.place(own, x: ownLeft, y: middle - centre / 2, room: centre)
        } else {
            scene.add(.boxes([.init(x: ownLeft, y: middle - text, width: centre, height: text * 2)], .colour(Colour(0xE4EAF2))))
        }
        let hasOwn = layer.prototypes[unit] != nil
        scene.text("unit \(unit)", ownLeft + centre / 2, hasOwn ? middle + centre / 2 + text : middle + text * 0.35, size: text, isBold: true)
        for place in places { try label(place.node, place.y, isLeft: place.isLeft, in: &scene) }
        for entry in headings { heading(entry.words, entry.y, isLeft: entry.isLeft, in: &scene) }
        return scene
    }
}
