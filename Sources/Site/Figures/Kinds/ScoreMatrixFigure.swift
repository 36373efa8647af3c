import Diagnostics
import Glibc
import Images
import Run

/// The score matrix as a picture one can read: a pixel an entry, coloured on a logarithmic scale, blocks of classes set apart and named,
/// the scale beside it.
struct ScoreMatrixFigure: FigureKind {
    static let kind = "score-matrix", summary = "which of its sub-classes the teacher confuses"
    static let keys: Set<FigureRequest.Key> = [.layer]

    let content: TemplateContent
    let matrix: ScoreMatrix
    /// Rows and columns as drawn: by class, then by number.
    private let order: [Int]
    /// Rows of one class, in that order.
    private let blocks: [(owner: Int?, rows: Range<Int>)]

    /// The smallest share that is told from nothing.
    static let smallest: Float = 0.001
    /// What scenes call the picture of the entries, and of the scale.
    static let picture = "score-matrix"
    static let scale = "score-matrix-scale"

    /// Nil where the layer has no score matrix.
    init?(_ content: TemplateContent) {
        guard let matrix = content.matrix else { return nil }
        self.content = content
        self.matrix = matrix
        func key(_ index: Int) -> Int { content[index]?.owner ?? Int.max }
        let order = (0..<matrix.size).sorted { (key($0), $0) < (key($1), $1) }
        self.order = order
        var blocks: [(owner: Int?, rows: Range<Int>)] = []
        for (place, template) in order.enumerated() {
            let owner = content[template]?.owner
            if let last = blocks.last, last.owner == owner {
                blocks[blocks.count - 1].rows = last.rows.lowerBound..<(place + 1)
            } else {
                blocks.append((owner, place..<(place + 1)))
            }
        }
        self.blocks = blocks
    }

    private static var colours: ColourMap { .viridis(log10(smallest)...0) }

    private static func colour(of share: Float) -> RGB {
        let share = share.isFinite ? share : 0
        return colours.colour(of: share > 0 ? log10(share) : -.greatestFiniteMagnitude)
    }

    /// The entries as PNG, a pixel each.
    func png() throws -> [UInt8] {
        var place = [Int](repeating: 0, count: matrix.size)
        for (position, template) in order.enumerated() { place[template] = position }
        let empty = Self.colour(of: 0)
        var pixels = [UInt8]()
        pixels.reserveCapacity(3 * matrix.size * matrix.size)
        for _ in 0..<(matrix.size * matrix.size) {
            pixels.append(empty.red)
            pixels.append(empty.green)
            pixels.append(empty.blue)
        }
        for (row, template) in order.enumerated() {
            let entries = matrix.rows[template]
            for (column, share) in zip(entries.templates, entries.shares) {
                let colour = Self.colour(of: share)
                let start = 3 * (row * matrix.size + place[column])
                pixels[start] = colour.red
                pixels[start + 1] = colour.green
                pixels[start + 2] = colour.blue
            }
        }
        return try PNGEncoder.encode(Picture(width: matrix.size, height: matrix.size, pixels: pixels))
    }

    /// The scale as PNG, from the smallest share at the bottom to all at the top.
    static func scalePNG() throws -> [UInt8] {
        var pixels: [UInt8] = []
        for row in 0..<64 {
            let colour = colours.colour(of: log10(smallest) * Float(row) / 63)
            pixels += [colour.red, colour.green, colour.blue]
        }
        return try PNGEncoder.encode(Picture(width: 1, height: 64, pixels: pixels))
    }

    /// - Parameters:
    ///   - width: of the whole, names and scale included.
    ///   - textSize: of the names of classes.
    ///   - clipped: a name as far as it has room; nil for an estimate.
    func scene(width: Double, textSize: Double, clipped: ((String, Double) -> String)? = nil, className: (Int) -> String) -> Scene {
        // As many names as have room; a name of average letters is half as wide as its letters are high.
        let named = blocks.filter { $0.owner != nil }
        let longest = named.map { Double(className($0.owner ?? 0).count) }.max() ?? 0
        let margin = min(max(longest, 2) * textSize * 0.56, width * 0.25) + 6
        let scaleWidth = textSize * 5.6
        let side = width - margin - scaleWidth
        let top = textSize * 1.6
        var scene = Scene(width: width, height: margin + top + side + 2)
        scene.title = "Score matrix of \(content.name)"
        scene.description = description(className)
        let left = margin
        let upper = margin + top
        scene.add(.picture(Self.picture, .init(x: left, y: upper, width: side, height: side), isPixelated: true))
        let cell = side / Double(matrix.size)
        let light = Scene.Paint.colour(.white, opacity: 0.7)
        var lines: [Scene.Line] = []
        for block in blocks.dropFirst() {
            let at = Double(block.rows.lowerBound) * cell
            lines.append(.init(from: .init(x: left + at, y: upper), to: .init(x: left + at, y: upper + side)))
            lines.append(.init(from: .init(x: left, y: upper + at), to: .init(x: left + side, y: upper + at)))
        }
        // Hundreds of lines would hide what they set apart.
        if !lines.isEmpty, Double(blocks.count) * 6 <= side { scene.add(.lines(lines, light, thickness: 0.5)) }
        scene.add(.outline(.init(x: left, y: upper, width: side, height: side), .soft, thickness: 0.5))
        var free = -Double.infinity
        for block in named {
            let middle = (Double(block.rows.lowerBound) + Double(block.rows.count) / 2) * cell
            guard middle - textSize * 0.55 >= free else { continue }
            free = middle + textSize * 0.55
            let full = className(block.owner ?? 0)
            let name = clipped?(full, margin - 4) ?? shortened(full, to: margin - 6, size: textSize)
            scene.text(name, left - 4, upper + middle + textSize * 0.35, size: textSize, .end)
            scene.add(
                .text(
                    .init(
                        text: name, at: .init(x: left + middle + textSize * 0.35, y: upper - 4), size: textSize, anchor: .start,
                        isUpright: true)))
        }
        scene.text("nearest prototype", left, textSize, size: textSize, .start, .soft)
        scene.add(
            .text(.init(text: "sub-class", at: .init(x: textSize, y: upper + side), size: textSize, anchor: .start, paint: .soft, isUpright: true)))
        addScale(to: &scene, x: left + side + textSize * 0.8, y: upper, height: min(side, textSize * 14), textSize: textSize)
        return scene
    }

    private func addScale(to scene: inout Scene, x: Double, y: Double, height: Double, textSize: Double) {
        let width = textSize * 0.8
        scene.add(.picture(Self.scale, .init(x: x, y: y, width: width, height: height), isPixelated: false))
        scene.add(.outline(.init(x: x, y: y, width: width, height: height), .soft, thickness: 0.5))
        for (share, label) in [(1.0, "1"), (0.1, "0.1"), (0.01, "0.01"), (0.001, "≤ 0.001")] {
            let at = y + height * log10(share) / log10(Double(Self.smallest))
            scene.line(x + width, at, x + width + 2, at, .soft, thickness: 0.5)
            let inside = min(max(at + textSize * 0.35, y + textSize * 0.75), y + height)
            scene.text(label, x + width + 3, inside, size: textSize * 0.9, .start, .soft)
        }
    }

    private func shortened(_ name: String, to width: Double, size: Double) -> String {
        let letters = max(2, Int(width / (size * 0.56)))
        return name.count > letters ? String(name.prefix(letters - 1)) + "…" : name
    }

    /// Mean over the sub-classes of a class of the shares that go to each class: the table that says the same without colours.
    func classShares() -> [(owner: Int, shares: [(owner: Int, share: Float)])] {
        blocks.compactMap { block in
            guard let owner = block.owner else { return nil }
            var sums: [Int: Float] = [:]
            for row in block.rows {
                let entries = matrix.rows[order[row]]
                for (column, share) in zip(entries.templates, entries.shares) where share.isFinite {
                    if let other = content[column]?.owner { sums[other, default: 0] += share / Float(block.rows.count) }
                }
            }
            return (owner, sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { (owner: $0.key, share: $0.value) })
        }
    }

    /// As a figure for a paper.
    static func content(_ request: FigureRequest, of source: FigureSource) throws -> FigureContent {
        let run = source.run
        guard let figure = try source.templateLayers().lazy.compactMap({ ScoreMatrixFigure($0) }).first else {
            throw FigureFault(
                .layer, "the run has no score matrix\(request.layer.map { " of \($0)" } ?? "")",
                explanation: "Only KD layers with sub-classes have one.",
                remedy: "`vitrine distill` with --method letkd-2 trains a student with sub-classes; `vitrine report` looks at it.")
        }
        let content = figure.content
        let scene = figure.scene(
            width: source.width, textSize: source.text, clipped: { source.type.clipped($0, to: $1, size: source.text) }, className: source.className)
        return FigureContent(
            name: FigureSource.fileName(kind, layer: content.name), scene: scene,
            caption: "Score matrix of \(content.name): of the training positions of each of the teacher’s \(figure.matrix.size) sub-classes (row), "
                + "the share whose nearest prototype over all classes is that of each sub-class (column), in the order of classes. "
                + "Colour: share, logarithmic from \(Number.exact(smallest)) (darkest, with all below and 0) to 1.",
            numbers: figure.numbers(run.className), pictures: [picture: try figure.png(), scale: try scalePNG()], request: request,
            remarks: figure.matrix.smallest > 0 ? ["Shares below \(Number.exact(figure.matrix.smallest)) were not kept by the run."] : [])
    }

    /// The entries that are not zero, as comma-separated values.
    private func numbers(_ className: (Int) -> String) -> String {
        var lines = ["row,column,row_class,column_class,share"]
        func name(_ index: Int) -> String { PlainText.csv(content[index]?.owner.map(className) ?? "") }
        for (row, entries) in matrix.rows.enumerated() {
            for (column, share) in zip(entries.templates, entries.shares) {
                lines.append("\(row),\(column),\(name(row)),\(name(column)),\(Number.exact(share))")
            }
        }
        return PlainText.csvFile(lines)
    }

    private func description(_ className: (Int) -> String) -> String {
        let confused = classShares().flatMap { row in row.shares.filter { $0.owner != row.owner }.map { (row.owner, $0.owner, $0.share) } }
            .max { $0.2 < $1.2 }
        return "\(matrix.size) sub-classes by \(matrix.size) prototypes, in the order of classes. Bright entries are large shares of a row’s "
            + "positions; the diagonal is what stays in its own sub-class."
            + (confused.map { " Most goes astray from \(className($0.0)) to \(className($0.1)): \(Number.percent($0.2))." } ?? "")
    }
}
