import Analysis
import ArgumentParser
import Dataset
import Diagnostics
import Site

struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Says in numbers how good the prototypes of runs are, side by side.",
        discussion: """
            Of the units and concepts of each layer, and of the classes: how strongly prototypes activate their target beside real images, how far they \
            match, how grainy they are and in which colours beside their references, and, with --judge, whether a network that took no part \
            takes them for their class. Two ways of making prototypes are compared by a report of each, with the same --seed. Nothing is written.
            """)

    @Argument(help: "Run folders.") var runs: [String]
    @Option(help: "The images of the runs, where they are no longer where they were.") var images: String?
    @Option(help: "The runs’ checkpoint, where it is no longer where it was.") var checkpoint: String?
    @OptionGroup var judge: JudgeOptions
    @OptionGroup var compute: ComputeOptions
    @Flag(help: "JSON on standard output.") var json = false
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        let threads = try compute.threadCount(), progress = compute.progress
        let judge = try judge.load()
        let surveys = try runs.map { path in
            let run = try ReopenedRun(path, checkpoint: checkpoint, option: "--checkpoint")
            return PrototypeSurvey(
                of: run.folder, run.manifest, images: try run.images(at: images, option: "--images"), judge: judge, threads: threads)
        }
        let measures = try surveys.map { try $0.run(progress: progress) }
        if json { try JSONOutput.print(measures) } else { try StandardOutput.print(MeasuresTable(measures).text) }
    }
}
