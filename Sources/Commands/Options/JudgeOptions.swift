import Analysis
import ArgumentParser
import Diagnostics
import Network
import Run

/// A second network, which looks at pictures of the first.
struct JudgeOptions: ParsableArguments {
    @Option(
        help: """
            A second checkpoint that looks at the pictures as well. compare: of the same classes, which it has to recognise. report: of any; it \
            answers every unit's line-up, by the prototype and by real images.
            """)
    var judge: String?
    @OptionGroup var reading: ReadingOptions<JudgeNetwork>

    /// Nil where no judge is named. Throws a `Problem` when it cannot be read.
    func load() throws -> Judge? {
        guard let judge else {
            guard let given = reading.given else { return nil }
            throw Problem("\(given) says of what network the judge is, and there is none", remedy: "Add --judge.", kind: .usage)
        }
        let checkpoint = try reading.checkpoint(at: judge)
        let network = try reading.network(of: checkpoint)
        network.writeWarnings(as: JudgeNetwork.self)
        return Judge(
            network: network,
            description: try .init(architecture: network.architecture, displayName: network.displayName, checkpoint: .init(checkpoint)))
    }
}
