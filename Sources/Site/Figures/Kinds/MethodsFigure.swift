import Run

/// Prototypes of the same classes by several methods: a row a method, the real images first, with how many of its pictures are recognised.
enum MethodsFigure: FigureKind {
    static let kind = "methods", summary = "prototypes of classes by several methods, side by side"
    static let keys: Set<FigureRequest.Key> = [.classes, .methods]
    private static let gap = 4.0
    /// Shown where nobody chooses: as many as stand in a row.
    private static let usual = 10

    static func content(_ request: FigureRequest, of source: FigureSource) throws -> FigureContent {
        guard let comparison = source.run.comparison, !comparison.rows.isEmpty, !comparison.classes.isEmpty else {
            throw FigureFault(
                .kind, "no methods were compared in this run", explanation: "Units by other methods are not made; classes are.",
                remedy: "`vitrine compare` with --run and this run's folder compares them.")
        }
        let rows = try rows(request.methods, in: comparison)
        let places = try places(of: comparison, in: source)
        let text = source.text, line = text * 1.2
        let labels = rows.map { [$0.name] + shares(of: $0) }
        let longest = labels.flatMap { $0 }.map { source.type.width($0, size: text) }.max() ?? 0
        let margin = min(longest, source.width * 0.25) + 6
        let room = min(96, (source.width - margin - gap * Double(places.count - 1)) / Double(places.count))
        guard room >= 12 else {
            throw FigureFault(
                .classes, "\(Number.count(places.count, "class", "classes")) have no room side by side in \(Number.plain(request.width)) inches",
                remedy: "Choose fewer, or a wider figure.")
        }
        var pictures = FigurePictures(), missing = 0
        var found: [[FigurePictures.Entry?]] = []
        var numbers = ["method,name,class,class_name,picture,predicted,judged,logit"]
        for row in rows {
            var entries: [FigurePictures.Entry?] = []
            for place in places {
                let kept = row.classes.indices.contains(place) ? row.classes[place].kept.first : nil
                let entry = try source.picture(kept?.picture).map { try pictures.add($0, "\(row.method)-\(place)") }
                entries.append(entry)
                guard let kept else { continue }
                if entry == nil { missing += 1 }
                let known = comparison.classes[place]
                numbers.append(
                    "\(PlainText.csv(row.method)),\(PlainText.csv(row.name)),\(known.index),\(PlainText.csv(known.name)),\(PlainText.csv(kept.picture)),"
                        + "\(PlainText.csv(source.run.className(kept.predicted))),\(PlainText.csv(kept.judged.map(source.run.className) ?? "")),"
                        + Number.exact(kept.logit))
            }
            found.append(entries)
        }
        // Tiny pictures are a little smaller than the room they have: the columns close up to them.
        let side = found.flatMap { $0 }.compactMap { $0 }.map { PictureFrame($0.pixels, room: room) }.map { max($0.width, $0.height) }.max() ?? room
        let top = line + 1, height = max(side, Double(labels.map(\.count).max() ?? 1) * line)
        var scene = Scene(width: source.width, height: top + Double(rows.count) * (height + gap) - gap)
        for (column, place) in places.enumerated() {
            let x = margin + Double(column) * (side + gap)
            let full = source.className(comparison.classes[place].index, called: comparison.classes[place].name)
            let name = source.type.clipped(full, to: side + gap * 0.6, size: text)
            scene.name(name, at: x + side / 2, text, size: text, type: source.type)
        }
        for (number, entries) in found.enumerated() {
            let y = top + Double(number) * (height + gap)
            let first = y + (height - Double(labels[number].count) * line) / 2 + text
            for (place, words) in labels[number].enumerated() {
                let words = source.type.clipped(words, to: margin - 6, size: text)
                scene.text(words, 0, first + Double(place) * line, size: text, .start, place == 0 ? .ink : .soft)
            }
            for (column, entry) in entries.enumerated() {
                let x = margin + Double(column) * (side + gap)
                if let entry {
                    scene.place(entry, x: x, y: y + (height - side) / 2, room: side)
                } else {
                    scene.text("–", x + side / 2, y + height / 2 + text * 0.35, size: text, .middle, .soft)
                }
            }
        }
        let names = places.map { source.className(comparison.classes[$0].index, called: comparison.classes[$0].name) }
        scene.title = "Prototypes of classes of \(source.run.network.displayName) by \(Number.count(rows.count, "method"))"
        scene.description =
            "Rows: \(rows.map(\.name).joined(separator: ", ")). Columns: \(names.joined(separator: ", "))."
        return FigureContent(
            name: "methods", scene: scene, caption: caption(comparison, rows, source), numbers: PlainText.csvFile(numbers), pictures: pictures.bytes,
            request: request, remarks: FigureSource.missing(missing))
    }

    private static func rows(_ wanted: [String]?, in comparison: Comparison) throws -> [Comparison.Row] {
        guard let wanted else { return comparison.rows }
        return try wanted.map { name in
            guard let row = comparison.rows.first(where: { $0.method == name }) else {
                let known = comparison.rows.map(\.method).joined(separator: ", ")
                throw FigureFault(
                    .methods, "the run did not compare a method “\(PlainText.clipped(name))”", explanation: "Those it did: \(known).",
                    remedy: comparison.leftOut.first { $0.name == name }.map { "It was left out: \($0.reason)." })
            }
            return row
        }
    }

    /// Where the classes lie in the comparison.
    private static func places(of comparison: Comparison, in source: FigureSource) throws -> [Int] {
        let names = Dictionary(comparison.classes.map { ($0.index, $0.name) }) { first, _ in first }
        guard let chosen = try source.chosenClasses(among: source.classCount, named: { names[$0] }) else {
            return Array(comparison.classes.indices.prefix(source.width > 300 ? usual : 5))
        }
        return try chosen.map { index in
            guard let place = comparison.classes.firstIndex(where: { $0.index == index }) else {
                throw FigureFault(
                    .classes, "the comparison has no class \(source.fullClassName(index))",
                    remedy: "`vitrine compare` with --classes \(index) and this run's folder adds it.")
            }
            return place
        }
    }

    /// Shares of its pictures that the judge and the network recognise, as lines.
    private static func shares(of row: Comparison.Row) -> [String] {
        [Number.percent(row.accuracy)] + (row.transfer.map { ["judge " + Number.percent($0)] } ?? [])
    }

    private static func caption(_ comparison: Comparison, _ rows: [Comparison.Row], _ source: FigureSource) -> String {
        let judge = comparison.judge.map { ", and below it the share that another network, \($0.displayName), does" } ?? ""
        let hasReal = rows.contains { $0.method == "real" }
        return "Prototypes of classes of \(comparison.network.displayName) by \(rows.filter { $0.method != "real" }.map(\.name).joined(separator: ", "))"
            + "\(hasReal ? ", beside real images" : ""). "
            + "\(Number.count(comparison.steps, "forward-backward pass", "forward-backward passes")) each; the first "
            + "of \(Number.count(comparison.seeds, "seed")) is shown. Under each name: the share of the method's pictures, over "
            + "\(Number.count(comparison.classes.count, "class", "classes")) and all seeds, that the network itself takes for their class\(judge)."
    }
}
