import ArgumentParser
import Run

struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Writes the site of a run folder anew, without a network.")

    @Option(name: .customLong("run"), help: "The run folder.") var runFolder: String
    @Option(name: .shortAndLong, help: "The folder of the site.") var out: String
    @OptionGroup var pages: TemplateOption
    @OptionGroup var messages: MessageOptions
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        let count = try pages.render(RunFolder.open(at: runFolder), to: out)
        messages.progress.note(pages.remark(count, out))
    }
}
