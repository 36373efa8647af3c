import ArgumentParser
import Diagnostics
import Run
import Site

struct FigureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "figure", abstract: "Makes figures for a paper from a run folder: PDF, SVG, PNG, numbers, LaTeX, BibTeX.",
        discussion: """
            Kinds: \(FigureRequest.Kind.allCases.map { "\($0.rawValue), \($0.summary)" }.joined(separator: "; ")).

            Beside the picture come its numbers as CSV, the LaTeX that includes it with a caption that states its scale, BibTeX, and JSON from \
            which --from makes the figure again. --figures makes many at once: a YAML list whose entries have these options as keys.
            """)

    @Argument(help: "What to show: \(FigureRequest.Kind.allCases.map(\.rawValue).joined(separator: ", ")).") var kind: String?
    @Option(name: .customLong("run"), help: "The run folder.") var runFolder: String?
    @Option(name: .shortAndLong, help: "The folder for the files, made if it is missing.") var out: String
    @Option(help: "The layer; the first that has what the figure shows by default.") var layer: String?
    @Option(help: "Units by number, in the order in which they are shown: 3, 0-7, or 12,5,9.") var units: String?
    @Option(help: "Classes by number or name, in the order in which they are shown: 0-9, or cat,dog. Quotes hold a name with commas together.")
    var classes: String?
    @Option(help: "Methods of a comparison, real images among them, separated by commas; all by default.") var methods: String?
    @Option(help: "The image's path or number, for template-map; the first by default.") var image: String?
    @Option(help: "Where the paper appears, for width and type: \(Venue.allCases.map(\.rawValue).joined(separator: ", ")); cvpr by default.")
    var venue: String?
    @Option(parsing: .unconditional, help: "Columns that the figure spans: 1 or 2.") var columns: Int?
    @Option(parsing: .unconditional, help: "The width in inches, instead of a venue.") var width: Double?
    @Option(parsing: .unconditional, help: "The size of its type in points, instead of the venue's.") var textSize: Double?
    @Option(help: "A font's file, for characters missing from the bundled font. By default, fonts of this machine are searched.") var font: String?
    @Option(help: "What the files are called; made of kind and subject by default.") var name: String?
    @Option(help: "Who is cited, as BibTeX has it: Ada Lovelace and Charles Babbage.") var author: String?
    @Flag(help: "Leave out names of files, folders and titles, for double-blind review.") var anonymous = false
    @Option(help: "A YAML list of figures, all made into one folder; --run, --venue and the like go for entries that say none.") var figures: String?
    @Option(help: "The JSON of a figure, to make it again.") var from: String?
    @OptionGroup var messages: MessageOptions
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        if let figures { return try makeList(figures) }
        let request = try request()
        try write(FigureRenderer(run: RunFolder.open(at: request.run)).render(request))
    }

    private func write(_ figure: FigureRenderer.Figure) throws {
        let progress = messages.progress
        try FolderContent.makeDirectory(out)
        for file in figure.files { try AtomicFile.write(file.bytes, to: out + "/" + file.name) }
        for warning in figure.warnings { progress.note("Warning: \(figures == nil ? "" : "\(figure.name): ")\(warning)") }
        progress.note("\(out)/\(figure.name): \(figure.files.compactMap { $0.name.split(separator: ".").last }.joined(separator: ", "))")
    }

    private var wish: FigureWish {
        FigureWish(
            kind: kind, run: runFolder, layer: layer, image: image, units: units.map(FigureRequest.parts), classes: classes.map(FigureRequest.parts),
            methods: methods.map(FigureRequest.parts), venue: venue, columns: columns, width: width, textSize: textSize, name: name, author: author,
            font: font, anonymous: anonymous ? true : nil)
    }

    private func request() throws -> FigureRequest {
        if anonymous, author != nil { throw Problem("--anonymous leaves out the author that --author names", remedy: "Give one of the two.", kind: .usage) }
        guard let from else {
            do { return try wish.request() } catch let fault as FigureFault { throw fault.problem }
        }
        guard kind == nil, layer == nil, image == nil, units == nil, classes == nil, methods == nil, venue == nil, columns == nil, width == nil,
            textSize == nil, name == nil, author == nil, !anonymous
        else { throw Problem("--from says what the figure is; only --run, --font and --out go with it", kind: .usage) }
        guard let bytes = try FileBytes.read(from) else { throw Problem("there is no file \(from)", kind: .usage) }
        var request = try FigureRenderer.request(inProvenance: bytes, name: from)
        if let runFolder { request.run = runFolder }
        if let font { request.font = font }
        guard !request.run.isEmpty else {
            throw Problem("\(from) is anonymous and does not name its run folder", remedy: "Add --run.", kind: .usage)
        }
        return request
    }

    /// Checks all entries before any is drawn.
    private func makeList(_ path: String) throws {
        guard kind == nil, layer == nil, image == nil, units == nil, classes == nil, methods == nil, name == nil, from == nil else {
            throw Problem(
                "--figures already says what the figures are", explanation: "Only options that all of them share go with it: --run, --out, --venue and the like.", kind: .usage)
        }
        let list = try FigureList(path)
        var (requests, faults) = list.requests(with: wish)
        var renderers: [String: FigureRenderer] = [:], entries: [String: Int] = [:]
        for (entry, request) in requests {
            do {
                let renderer = try renderers[request.run] ?? FigureRenderer(run: RunFolder.open(at: request.run))
                renderers[request.run] = renderer
                let name = try renderer.check(request).lowercased()
                if let other = entries.updateValue(entry, forKey: name) {
                    faults.append(
                        .init(
                            entry: entry, key: "name",
                            problem: Problem("its files would be those of entry \(other), \(name)", remedy: "Give one of them a name.", kind: .usage)))
                }
            } catch let fault as FigureFault {
                faults.append(.init(entry: entry, key: fault.key.rawValue, problem: fault.problem))
            } catch let problem as Problem {
                faults.append(.init(entry: entry, key: renderers[request.run] == nil ? "run" : nil, problem: problem))
            }
        }
        guard faults.isEmpty else { throw list.problem(faults) }
        for (_, request) in requests { if let renderer = renderers[request.run] { try write(renderer.render(request)) } }
    }
}
