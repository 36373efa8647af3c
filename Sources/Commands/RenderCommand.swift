import ArgumentParser
import Diagnostics
import Run
import Site

struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Writes the site of a run folder anew, without a network.")

    @Option(name: .customLong("run"), help: "The run folder.") var runFolder: String
    @Option(name: .shortAndLong, help: "The folder of the site.") var out: String
    @Option(help: "A folder with templates that replace the built-in ones, file by file.") var templates: String?
    @Flag(name: .shortAndLong, help: "Say nothing.") var quiet = false

    func run() throws {
        let summary = try SiteRenderer(run: RunFolder.open(at: runFolder), templates: templates).render(to: out)
        TerminalProgress.make(quiet: quiet).note("\(summary.pages) pages in \(out). Open \(out)/index.html")
    }
}
