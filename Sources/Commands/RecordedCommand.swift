import ArgumentParser
import Diagnostics
import Foundation
import Run

/// What a run's recorded command tells of where its checkpoint and images are.
struct RecordedCommand {
    private let report: ReportCommand
    /// Where paths of the command begin, likeliest first: the folder that the command was given in is not recorded.
    private let bases: [String]

    /// Nil where the run was not made by `report`, or its command does not say any more what it said then (a configuration is gone).
    init?(of run: RunFolder, _ manifest: RunManifest) {
        guard let words = CommandText.words(of: manifest.options.command), words.first == "vitrine", words.dropFirst().first == "report",
            let expanded = try? ConfigurationFile.expanding(Array(words.dropFirst()), verbs: [ReportCommand.self]),
            let report = try? ReportCommand.parse(Array(expanded.dropFirst()))
        else { return nil }
        self.report = report
        bases = [FileManager.default.currentDirectoryPath] + [Self.base(of: run, report)].compactMap { $0 }
    }

    var checkpoint: String { report.source.checkpoint }
    var prefix: String? { report.source.reading.prefix }
    var images: String { report.given.images }
    var directions: DirectionOptions { report.directions }
    var labels: String? { report.given.labels }
    var decoding: DecodingOptions { report.given.decoding }

    /// Where what the command calls `path` may be, likeliest first.
    func places(of path: String) -> [String] {
        path.hasPrefix("/") ? [path] : bases.map { $0.hasSuffix("/") ? $0 + path : "\($0)/\(path)" }
    }

    /// The folder that the command was given in: the run lies where it says from there.
    private static func base(of run: RunFolder, _ report: ReportCommand) -> String? {
        let site = report.site
        guard let given = site.runFolder ?? site.out.map({ $0 + "-run" }), !given.hasPrefix("/") else { return nil }
        let parts = given.split(separator: "/").filter { $0 != "." }
        let own = URL(fileURLWithPath: run.path).standardizedFileURL.path.split(separator: "/")
        guard !parts.contains(".."), own.count > parts.count, own.suffix(parts.count).elementsEqual(parts) else { return nil }
        return "/" + own.dropLast(parts.count).joined(separator: "/")
    }
}
