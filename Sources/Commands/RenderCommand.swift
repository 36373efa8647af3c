import ArgumentParser
import Run

struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Renders the site of a run folder again, without the network.")

    @Option(name: .customLong("run"), help: "The run folder.") var runFolder: String
    @Option(name: .shortAndLong, help: "The folder of the site.") var out: String
    @Option(help: "The title of the site, instead of the report's.") var title: String?
    @OptionGroup var pages: PageOptions
    @OptionGroup var messages: MessageOptions
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        try pages.check()
        try Places.check([("--run", runFolder), ("--out", out)], explanation: "Site and run folder must be kept apart; nothing was changed.")
        let count = try pages.render(RunFolder.open(at: runFolder), to: out, title: title)
        messages.progress.note(pages.remark(count, out))
    }
}
