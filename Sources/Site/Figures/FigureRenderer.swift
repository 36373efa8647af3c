import Diagnostics
import FoundationEssentials
public import Run

/// Makes figures for papers from a run folder: the picture, its numbers, the LaTeX that includes it, where it comes from.
public struct FigureRenderer: Sendable {
    private let run: RunFolder

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

    /// Of the PNG.
    public static let dotsPerInch = 300

    /// What one kind of figure brings.
    struct Content {
        var name: String
        var scene: Scene
        var caption: String
        /// Comma-separated values.
        var numbers: String
        /// Pictures that the scene names, as PNG or JPEG.
        var pictures: [String: [UInt8]]
        var request: FigureRequest
        var remarks: [String] = []
    }

    /// The figure that `request` asks for. Equal runs and requests give equal bytes.
    ///
    /// - Throws: `Problem` when the run has no such layer, map or matrix, or a width is out of range.
    public func render(_ request: FigureRequest) throws -> Figure {
        guard FigureRequest.widths.contains(request.width) else {
            throw Problem(
                "a figure cannot be \(request.width) inches wide", explanation: "Widths from 1 to 20 inches make sense.", kind: .usage)
        }
        let content = try RunContent(run)
        let figure =
            switch request.kind {
            case .templateMap: try TemplateMapFigure.content(request, of: content)
            case .scoreMatrix: try ScoreMatrixFigure.content(request, of: content)
            }
        var warnings = figure.remarks
        if let smallest = figure.scene.smallestText, smallest < Self.smallestText - 1e-9 {
            warnings.append("Its smallest text prints at \(Number.fixed(smallest, 1)) points, under \(Number.plain(Self.smallestText)).")
        }
        let addresses = figure.pictures.mapValues { bytes in
            "data:image/\(bytes.starts(with: [0xFF, 0xD8]) ? "jpeg" : "png");base64,\(Data(bytes).base64EncodedString())"
        }
        let svg = SVGWriter { addresses[$0] }.file(figure.scene)
        let cairo = try CairoWriter(pictures: figure.pictures)
        var files: [(name: String, bytes: [UInt8])] = [
            ("\(figure.name).pdf", try cairo.pdf(figure.scene)), ("\(figure.name).svg", Array(svg.utf8)),
            ("\(figure.name).png", try cairo.png(figure.scene, dotsPerInch: Self.dotsPerInch)),
            ("\(figure.name).csv", Array(figure.numbers.utf8)),
            ("\(figure.name).tex", Array(latex(figure).utf8)), ("\(figure.name).json", try provenance(figure, of: content.manifest, warnings)),
        ]
        if !request.isAnonymous {
            let bibTeX = Citation.bibTeX(content.manifest, subject: figure.scene.title, key: figure.name)
            files.append(("\(figure.name).bib", Array((bibTeX + "\n").utf8)))
        }
        return Figure(name: figure.name, files: files, warnings: warnings)
    }

    /// The layers whose documents are there, in order.
    static func layers(_ request: FigureRequest, of content: RunContent) throws -> [TemplateContent] {
        guard let distillation = content.distillation, !distillation.layers.isEmpty else {
            throw Problem(
                "\(content.run.path) has no layer that matches templates", explanation: "Its network has none, or they were not looked at yet.",
                remedy: "Make a report of a network with a KD layer or a template block.", kind: .usage)
        }
        if let name = request.layer, !distillation.layers.contains(name) {
            throw Problem(
                "there is no layer \(name) that matches templates", explanation: "Those of this run: \(distillation.layers.joined(separator: ", ")).",
                remedy: nearestNames(to: name, among: distillation.layers).first.map { "Did you mean \($0)?" }, kind: .usage)
        }
        return try distillation.layers.filter { request.layer == nil || $0 == request.layer }.compactMap { try TemplateContent($0, of: content.run) }
    }

    /// A name that LaTeX takes for a file as it is: letters, digits and hyphens, no dots that could begin an extension.
    static func fileName(_ kind: String, _ content: TemplateContent, _ part: String? = nil) -> String {
        ([kind, content.key.split { $0 == "." || $0 == "~" || $0 == "_" }.joined(separator: "-")] + [part].compactMap { $0 })
            .joined(separator: "-")
    }

    private func latex(_ figure: Content) -> String {
        let environment = figure.request.spansColumns ? "figure*" : "figure"
        let width = Number.fixed(figure.request.width, 3)
        return """
            % \\usepackage{graphicx}
            \\begin{\(environment)}[t]
              \\centering
              \\includegraphics[width=\(width)in]{\(figure.name)}
              \\caption{\(PlainText.bibTeX(figure.caption))}
              \\label{fig:\(figure.name)}
            \\end{\(environment)}

            """
    }

    private struct Provenance: Encodable {
        var formatVersion = 1
        var figure: String
        var request: FigureRequest
        var caption: String
        var tool: RunManifest.Tool
        var architecture: String
        var checkpointSHA256: String
        var imagesSHA256: String
        var warnings: [String]
    }

    private func provenance(_ figure: Content, of manifest: RunManifest, _ warnings: [String]) throws -> [UInt8] {
        var request = figure.request
        if request.isAnonymous { request.run = "" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        let provenance = Provenance(
            figure: figure.name, request: request, caption: figure.caption, tool: manifest.tool,
            architecture: manifest.network.architecture, checkpointSHA256: manifest.network.checkpoint.sha256,
            imagesSHA256: manifest.images.listing, warnings: warnings)
        return try [UInt8](encoder.encode(provenance)) + [UInt8(ascii: "\n")]
    }

    /// The request in a provenance file.
    ///
    /// - Throws: `Problem` when the file is none of ours.
    public static func request(inProvenance bytes: [UInt8], name: String) throws -> FigureRequest {
        struct Known: Decodable { var request: FigureRequest }
        do { return try JSONDecoder().decode(Known.self, from: Data(bytes)).request } catch {
            throw Problem(
                "\(name) does not say how to make a figure", explanation: "It is not the JSON that comes with a figure.", kind: .usage)
        }
    }
}
