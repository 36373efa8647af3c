import Diagnostics
import FoundationEssentials
public import Run

/// Makes figures for papers from a run folder: the picture, its numbers, the LaTeX that includes it, where it comes from.
public final class FigureRenderer {
    private let run: RunFolder
    /// What was read for the figures so far.
    private var content: RunContent?
    private var layers: [String: LayerContent?] = [:]
    /// Names of layers in `layers`, the last used last: what few of them know is kept.
    private var order: [String] = []
    private static let keptLayers = 4

    public init(run: RunFolder) { self.run = run }

    /// The files of a figure, by name, and what its author should know.
    public struct Figure: Sendable {
        /// What all file names begin with.
        public var name: String
        /// In the order in which they are written.
        public var files: [(name: String, bytes: [UInt8])]
        public var warnings: [String]
    }

    /// Text that prints smaller is hard to read, in points.
    public static let smallestText = 6.0

    /// In inches: no page is higher, and a PNG could not be.
    private static let highest = 60.0

    /// Of the PNG.
    public static let dotsPerInch = 300

    /// The figure that `request` asks for. Equal runs and requests give equal bytes.
    ///
    /// - Throws: `Problem` when the run has not what it shows, or a size is out of range.
    public func render(_ request: FigureRequest) throws -> Figure {
        do { return try files(of: request) } catch let fault as FigureFault { throw fault.problem }
    }

    /// What the figure's files will be called, once all that the request asks for is there.
    ///
    /// - Throws: `FigureFault` for what is wrong with it, `Problem` for what is damaged.
    public func check(_ request: FigureRequest) throws -> String { try make(request).content.name }

    private func make(_ request: FigureRequest) throws -> (content: FigureContent, source: FigureSource) {
        guard FigureRequest.widths.contains(request.width) else {
            throw FigureFault(.width, "a figure cannot be \(request.width) inches wide", explanation: "Widths from 1 to 20 inches make sense.")
        }
        guard FigureRequest.textSizes.contains(request.text) else {
            throw FigureFault(.textSize, "type cannot be \(request.text) points large", explanation: "Sizes from 4 to 24 points make sense.")
        }
        if let name = request.name { try Self.check(name: name) }
        guard let figure = request.kind.figure else { throw FigureFault(.kind, "there is no figure “\(request.kind.rawValue)”") }
        let said: [(FigureRequest.Key, Bool)] = [
            (.layer, request.layer != nil), (.image, request.image != nil), (.units, request.units != nil), (.classes, request.classes != nil),
            (.methods, request.methods != nil),
        ]
        for (key, isSaid) in said where isSaid && !figure.keys.contains(key) {
            let takers = FigureKinds.all.filter { $0.keys.contains(key) }.map { $0.kind }.joined(separator: ", ")
            throw FigureFault(key, "\(figure.kind) takes no \(key.rawValue)", explanation: "These do: \(takers).")
        }
        let run = try self.content ?? RunContent(self.run)
        self.content = run
        let type = try Self.typesetter(request.font)
        let source = FigureSource(run, request, type) { layer in try self.layer(layer) }
        var made = try figure.content(request, of: source)
        guard made.scene.height <= Self.highest * 72 else {
            throw FigureFault(
                .width, "the figure would be \(Number.plain((made.scene.height / 72).rounded())) inches high", remedy: "Show less in it, or make it wider.")
        }
        if let name = request.name { made.name = name }
        return (made, source)
    }

    private static func typesetter(_ font: String?) throws -> Typesetter {
        guard let font else { return try Typesetter() }
        do { return try Typesetter(second: FontFace(file: font)) } catch {
            guard let problem = error as? Problem else { throw error }
            throw FigureFault(.font, problem.summary, explanation: problem.explanation, remedy: problem.remedy)
        }
    }

    private func layer(_ layer: NetworkDescription.Layer) throws -> LayerContent? {
        if let known = layers[layer.name] { return known }
        let read = try LayerContent(layer, of: run)
        layers[layer.name] = .some(read)
        order.append(layer.name)
        if order.count > Self.keptLayers { layers[order.removeFirst()] = nil }
        return read
    }

    /// A name that LaTeX, a label and every disk take as it is.
    private static func check(name: String) throws {
        let isPlain = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "-_".utf8.contains(byte)
        }
        let small = name.lowercased()
        guard isPlain, (1...100).contains(name.utf8.count), !name.hasPrefix("-"), RunPath.key(for: small) == small else {
            throw FigureFault(
                .name, "“\(PlainText.clipped(name))” cannot be the name of a figure",
                explanation: "Letters of ASCII, digits, - and _ are taken, at most 100, no - or _ first and no name of a Windows device: LaTeX and every "
                    + "disk know them.")
        }
    }

    private func files(of request: FigureRequest) throws -> Figure {
        let (figure, source) = try make(request)
        let manifest = source.run.manifest
        let survey = source.type.survey(figure.scene)
        var warnings = figure.remarks + source.remarks + survey.remarks
        if let smallest = figure.scene.smallestText, smallest < Self.smallestText - 1e-9 {
            warnings.append("Its smallest text prints at \(Number.fixed(smallest, 1)) points, under \(Number.plain(Self.smallestText)).")
        }
        let latex = FigureLaTeX(figure)
        if let remark = latex.remark { warnings.append(remark) }
        let addresses = figure.pictures.mapValues { bytes in
            "data:image/\(bytes.starts(with: [0xFF, 0xD8]) ? "jpeg" : "png");base64,\(Data(bytes).base64EncodedString())"
        }
        let svg = SVGWriter { addresses[$0] }.file(figure.scene)
        let cairo = try CairoWriter(pictures: figure.pictures, typesetter: source.type)
        let provenance = try FigureProvenance(figure, manifest, fonts: survey.fonts.map(\.family), warnings: warnings).file
        var files: [(name: String, bytes: [UInt8])] = [
            ("\(figure.name).pdf", try cairo.pdf(figure.scene)), ("\(figure.name).svg", Array(svg.utf8)),
            ("\(figure.name).png", try cairo.png(figure.scene, dotsPerInch: Self.dotsPerInch)),
            ("\(figure.name).csv", Array(figure.numbers.utf8)), ("\(figure.name).tex", Array(latex.file.utf8)), ("\(figure.name).json", provenance),
        ]
        if !request.isAnonymous {
            let bibTeX = Citation.bibTeX(manifest, subject: figure.scene.title, key: figure.name, author: request.author)
            files.append(("\(figure.name).bib", Array((bibTeX + "\n").utf8)))
        }
        return Figure(name: figure.name, files: files, warnings: warnings)
    }

    /// The request in a provenance file.
    ///
    /// - Throws: `Problem` when the file is none of ours.
    public static func request(inProvenance bytes: [UInt8], name: String) throws -> FigureRequest {
        try FigureProvenance.request(in: bytes, name: name)
    }
}
