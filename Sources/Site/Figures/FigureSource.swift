import Diagnostics
import Images
import Run

/// What a figure is made of: what its run knows, and how text is set in it.
final class FigureSource {
    let run: RunContent
    let type: Typesetter
    let request: FigureRequest
    /// Names of classes that cannot be set.
    private(set) var remarks: [String] = []
    private var shownNames: [Int: String] = [:]
    private let readLayer: (NetworkDescription.Layer) throws -> LayerContent?

    init(
        _ run: RunContent, _ request: FigureRequest, _ type: Typesetter, readLayer: @escaping (NetworkDescription.Layer) throws -> LayerContent?
    ) {
        (self.run, self.request, self.type, self.readLayer) = (run, request, type, readLayer)
    }

    /// Of names and numbers, in points.
    var text: Double { request.text }
    /// In points.
    var width: Double { request.points }

    // MARK: Classes

    /// What the figure calls a class: its name, or `class 3` where no font here can set that.
    func className(_ index: Int) -> String { className(index, called: run.className(index)) }

    /// The same of a class that another document than the run's table names.
    func className(_ index: Int, called full: String) -> String {
        if let known = shownNames[index] { return known }
        var name = PlainText.clipped(PlainText.safe(full).replacingLineBreaks(), to: 60)
        for letter in name.unicodeScalars {
            guard let obstacle = type.obstacle(letter) else { continue }
            remarks.append(
                "\(Typesetter.words(for: obstacle, letter)): the figure says “class \(index)” for “\(name)”."
                    + (obstacle == .noFont ? " --font takes the file of a font that has it." : " The caption and the numbers keep the name."))
            name = "class \(index)"
            break
        }
        shownNames[index] = name
        return name
    }

    /// A class in a caption.
    func fullClassName(_ index: Int) -> String { PlainText.clipped(run.className(index).replacingLineBreaks(), to: 60) }

    /// The classes of the request in its order, or nil where it names none.
    func chosenClasses(among count: Int, named name: ((Int) -> String?)? = nil) throws -> [Int]? {
        try request.classes.map { parts in
            try FigureSelection.numbers(parts, below: count, noun: "class", key: .classes, of: "the run") { wanted in
                (0..<count).first { run.className($0) == wanted || name?($0) == wanted }
            }
        }
    }

    var classCount: Int { max(run.classes?.classes.count ?? 0, run.network.classCount) }

    // MARK: Layers and units

    /// The reported layer that is asked for; the first that `has` what the figure shows where none is.
    ///
    /// - Parameter thing: what a layer needs to have, for errors: `map of its units`.
    func layer(with thing: String, remedy: String, where has: (LayerContent) -> Bool) throws -> LayerContent {
        let layers = run.reportedLayers
        guard !layers.isEmpty else {
            throw FigureFault(.layer, "the run reports no layer", remedy: "`vitrine report` with --layers makes a run that does.")
        }
        if let name = request.layer {
            guard let known = layers.first(where: { $0.name == name }) else {
                let names = layers.map(\.name)
                throw FigureFault(
                    .layer, "the run reports no layer “\(PlainText.clipped(name, to: 120))”",
                    explanation: "Those it does: \(names.prefix(12).map { PlainText.clipped($0, to: 60) }.joined(separator: ", "))"
                        + "\(names.count > 12 ? " and others" : "").",
                    remedy: nearestNames(to: name, among: names).first.map { "Did you mean \($0)?" }
                        ?? "`vitrine report` with --layers adds it to a run.")
            }
            guard let content = try readLayer(known) else { throw unfinished(name) }
            guard has(content) else { throw FigureFault(.layer, "\(PlainText.clipped(name, to: 120)) has no \(thing)", remedy: remedy) }
            return content
        }
        for layer in layers { if let content = try readLayer(layer), has(content) { return content } }
        throw FigureFault(.kind, "no layer of the run has a \(thing)", remedy: remedy)
    }

    private func unfinished(_ layer: String) -> FigureFault {
        FigureFault(.layer, "the run knows nothing of \(layer) yet", remedy: "Let `vitrine report` go on with this run: the same command does.")
    }

    /// Any layer of the run that has statistics, by name; nil for others.
    func reportedLayer(_ name: String) throws -> LayerContent? {
        try run.reportedLayers.first { $0.name == name }.flatMap { try readLayer($0) }
    }

    /// The units of the request in its order; nil where it names none.
    func chosenUnits(of layer: LayerContent) throws -> [Int]? {
        try request.units.map {
            try FigureSelection.numbers($0, below: layer.statistics.units.count, noun: "unit", key: .units, of: layer.name)
        }
    }

    /// The one unit of the request, or of the layer the first with a prototype.
    func oneUnit(of layer: LayerContent) throws -> LayerStatistics.Unit {
        let chosen = try chosenUnits(of: layer)
        guard (chosen?.count ?? 1) == 1 else { throw FigureFault(.units, "\(request.kind.rawValue) shows one unit") }
        let number = chosen?.first ?? layer.prototypes.keys.min() ?? 0
        guard let unit = layer.statistics.units.first(where: { $0.unit == number }) else {
            throw FigureFault(.units, "the run knows nothing of unit \(number) of \(layer.name)")
        }
        return unit
    }

    // MARK: Templates

    /// The layers that match templates and whose documents are there, in order.
    func templateLayers() throws -> [TemplateContent] {
        guard let distillation = run.distillation, !distillation.layers.isEmpty else {
            throw FigureFault(
                .kind, "\(request.isAnonymous ? "the run" : run.run.path) has no layer that matches templates",
                explanation: "Its network has none, or they were not looked at yet.",
                remedy: "Make a report of a network with a KD layer or a template block.")
        }
        if let name = request.layer, !distillation.layers.contains(name) {
            throw FigureFault(
                .layer, "there is no layer \(PlainText.clipped(name, to: 120)) that matches templates",
                explanation: "Those of this run: \(distillation.layers.joined(separator: ", ")).",
                remedy: nearestNames(to: name, among: distillation.layers).first.map { "Did you mean \($0)?" })
        }
        return try distillation.layers.filter { request.layer == nil || $0 == request.layer }.compactMap { try TemplateContent($0, of: run.run) }
    }

    // MARK: Pictures

    /// The bytes of a picture that a document names; nil when the run has not got it.
    func picture(_ path: String?) throws -> [UInt8]? {
        guard let path, let source = RunPath(path) else { return nil }
        return try run.run.readBytes(source)
    }

    /// A real image as the network sees it, or a window of it, as PNG or JPEG; nil when the run has no picture of it.
    func image(_ number: Int, window: [Int]? = nil) throws -> [UInt8]? {
        guard let bytes = try picture(run.images.images[number]?.picture) else { return nil }
        guard let window else { return bytes }
        let whole = try ImageDecoder.decode(bytes, name: "image \(number)")
        guard let part = whole.cropped(to: window), (part.width, part.height) != (whole.width, whole.height) else { return bytes }
        return try PNGEncoder.encode(part)
    }

    /// A name that LaTeX takes for a file as it is: letters, digits and hyphens, no dots that could begin an extension.
    ///
    /// - Parameter layer: its name; one of other letters than those of ASCII stands by its key.
    static func fileName(_ kind: String, layer: String? = nil, _ parts: [String] = []) -> String {
        let place = layer.map { name in
            name.utf8.count <= 80 && name.utf8.allSatisfy { $0 < 0x80 && $0 > 0x20 && !"~%\\\"'*?<>|:".utf8.contains($0) } ? name : RunPath.key(for: name)
        }
        return ([kind] + [place].compactMap { $0 } + parts).flatMap { $0.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) } }.joined(separator: "-")
    }
}

extension String {
    fileprivate func replacingLineBreaks() -> String { split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " ") }
}

extension FigureSource {
    /// What is said of pictures that the run has lost.
    static func missing(_ count: Int) -> [String] { count > 0 ? ["The run has lost \(Number.count(count, "picture"))."] : [] }
}
