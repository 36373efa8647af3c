import Analysis
import ArgumentParser
import Diagnostics
import Run

struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Joins the shards of a run to what one machine would have made.",
        discussion: """
            The shards are the folders that `vitrine report … --shard` wrote, all of the images, of the references or of the prototypes of one run. Neither \
            the network nor the images are needed. Shards that are lost, repeated, not finished, damaged or of another run are named, and \
            nothing is changed:

              vitrine merge run-shards/images/* --to run
            """)

    @Argument(help: "The folders of the shards.") var shards: [String]
    @Option(name: .customLong("to"), help: "The folder of the whole run; created if missing.") var target: String
    @OptionGroup var messages: MessageOptions
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        try Places.check([("--to", target)] + shards.map { ("SHARD", $0) }, explanation: "Every shard has a folder of its own; nothing was changed.")
        let folders = try shards.map { try RunFolder.open(at: $0) }
        let outcome = try RunMerge(folders, into: RunFolder(planned: target)).run()
        let progress = messages.progress
        progress.note("\(target) has the \(outcome.part) of \(CommandText.count(outcome.shards, "shard"))")
        if outcome.processors.count > 1 {
            StandardError.write(
                "The shards were made on different processors (\(outcome.processors.joined(separator: ", "))): one machine may round otherwise in the "
                    + "last digits\n")
        }
    }
}
