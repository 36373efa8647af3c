import ArgumentParser
import Diagnostics
import Run
import Site

struct FigureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "figure", abstract: "Makes a figure for a paper from a run folder: PDF, SVG, PNG, numbers, LaTeX.",
        discussion: """
            template-map shows an image beside the student's map of templates, and the teacher's where there is one; score-matrix what the \
            teacher confuses. Beside the picture come its numbers as CSV, the LaTeX that includes it with a caption that states its scale, \
            BibTeX, and JSON from which --from makes the figure again.
            """)

    @Argument(help: "What to show: \(FigureRequest.Kind.allCases.map(\.rawValue).joined(separator: ", ")).") var kind: String?
    @Option(name: .customLong("run"), help: "The run folder.") var runFolder: String?
    @Option(name: .shortAndLong, help: "The folder for the files, made if it is missing.") var out: String
    @Option(help: "The layer that matches templates; the first by default.") var layer: String?
    @Option(help: "The image's path or number, for template-map; the first by default.") var image: String?
    @Option(help: "Where the paper appears, for the width: \(Venue.allCases.map(\.rawValue).joined(separator: ", ")).") var venue: String?
    @Option(parsing: .unconditional, help: "Columns that the figure spans: 1 or 2.") var columns: Int = 1
    @Option(parsing: .unconditional, help: "The width in inches, instead of a venue.") var width: Double?
    @Flag(help: "Leave out names of files, folders and titles, for double-blind review.") var anonymous = false
    @Option(help: "The JSON of a figure, to make it again.") var from: String?
    @OptionGroup var messages: MessageOptions
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        let request = try request()
        let progress = messages.progress
        let figure = try FigureRenderer(run: RunFolder.open(at: request.run)).render(request)
        try FolderContent.makeDirectory(out)
        for file in figure.files { try AtomicFile.write(file.bytes, to: out + "/" + file.name) }
        for warning in figure.warnings { progress.note("Warning: \(warning)") }
        progress.note("\(out)/\(figure.name): \(figure.files.compactMap { $0.name.split(separator: ".").last }.joined(separator: ", "))")
    }

    private func request() throws -> FigureRequest {
        if let from {
            guard kind == nil, layer == nil, image == nil, venue == nil, width == nil else {
                throw Problem("--from says what the figure is; only --run and --out go with it", kind: .usage)
            }
            guard let bytes = try FileBytes.read(from) else { throw Problem("there is no file \(from)", kind: .usage) }
            var request = try FigureRenderer.request(inProvenance: bytes, name: from)
            if let runFolder { request.run = runFolder }
            guard !request.run.isEmpty else {
                throw Problem("\(from) is anonymous and does not name its run folder", remedy: "Add --run.", kind: .usage)
            }
            return request
        }
        guard let kind else {
            throw Problem(
                "figure: what of?", explanation: "Known are \(FigureRequest.Kind.allCases.map(\.rawValue).joined(separator: ", ")).", kind: .usage)
        }
        guard let known = FigureRequest.Kind(rawValue: kind) else {
            throw Problem(
                "there is no figure “\(kind)”", explanation: "Known are \(FigureRequest.Kind.allCases.map(\.rawValue).joined(separator: ", ")).",
                kind: .usage)
        }
        guard let runFolder else { throw Problem("--run is missing", explanation: "Figures are made from a run folder.", kind: .usage) }
        guard image == nil || known == .templateMap else { throw Problem("--image goes with template-map only", kind: .usage) }
        return FigureRequest(
            kind: known, run: runFolder, layer: layer, image: image, width: try chosenWidth(), spansColumns: columns == 2,
            isAnonymous: anonymous)
    }

    /// In inches: as given, that of a venue, or a column of CVPR.
    private func chosenWidth() throws -> Double {
        guard (1...2).contains(columns) else { throw Problem("--columns is 1 or 2", kind: .usage) }
        if let width {
            guard venue == nil else { throw Problem("--width and --venue both say how wide the figure is", remedy: "Leave one out.", kind: .usage) }
            guard width.isFinite, FigureRequest.widths.contains(width) else { throw Problem("--width takes 1 to 20 inches", kind: .usage) }
            return width
        }
        let name = venue ?? Venue.cvpr.rawValue
        guard let known = Venue(rawValue: name.lowercased()) else {
            throw Problem(
                "the venue “\(name)” is not known", explanation: "Known are \(Venue.allCases.map(\.rawValue).joined(separator: ", ")).",
                remedy: "Give --width in inches.", kind: .usage)
        }
        return columns == 1 ? known.column ?? known.page : known.page
    }
}
