import Analysis
import ArgumentParser
import Diagnostics
import Foundation

struct SubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit", abstract: "Writes the jobs that make a report on many machines: for Slurm, GNU parallel or by hand.",
        discussion: """
            Seven scripts, each for the one after it: what is chosen by timing is chosen; the images are looked at in shards, and joined; the best \
            windows of references are looked for in shards, and joined; prototypes are made in shards; these are joined, and the site is written. submit.sh hands them to Slurm with \
            their dependencies, run.sh runs them without it. Behind -- stands the report, as for one machine:

              vitrine submit --shards 16 --to jobs --sbatch --time=8:00:00 -- report resnet50.pth --images photographs --out site
            """)

    @Option(parsing: .unconditional, help: "Shards of the images, of the search for references, and of the prototypes.") var shards: Int
    @Option(name: .customLong("to"), help: "The folder of the scripts; created if missing.") var folder: String
    @Option(parsing: .unconditional, help: "Processors of a task.") var cpus: Int?
    @Option(
        parsing: .unconditionalSingleValue, help: "An option of sbatch for all jobs, such as --partition=long; may be given several times.")
    var sbatch: [String] = []
    @Flag(help: "Hand the jobs to Slurm at once, rather than saying how.") var now = false
    @Argument(parsing: .postTerminator, help: "The report, its verb included.") var report: [String] = []
    @OptionGroup var messages: MessageOptions
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        try require(shards, "--shards", in: 1...RunShard.most)
        try require(cpus, "--cpus", in: 1...256)
        try require(sbatch.allSatisfy { $0.hasPrefix("-") && !$0.contains("\n") }, "--sbatch", takes: "an option of sbatch, such as --partition=long")
        let wanted = try parsedReport()
        let scripts = JobScripts(
            report: report, run: try runFolder(of: wanted), shards: shards, options: (cpus.map { ["--cpus-per-task=\($0)"] } ?? []) + sbatch,
            workingFolder: FileManager.default.currentDirectoryPath, program: Self.program)
        let place = URL(fileURLWithPath: folder).standardizedFileURL.path
        try write(scripts.files(in: place), to: place)
        for (what, path) in wanted.inputs where !FileManager.default.fileExists(atPath: path) {
            StandardError.write("Warning: the report's \(what), \(path), does not exist here: the jobs need it where they run\n")
        }
        if now { return try submit(place) }
        messages.progress.note("The jobs are in \(folder). With Slurm: \(command("submit.sh")), which says")
        try StandardOutput.print(scripts.lines.joined(separator: "\n"))
        messages.progress.note("Without it: \(command("run.sh"))")
    }

    /// What runs a script, for a shell.
    private func command(_ script: String) -> String { CommandText.line(["sh", "\(folder)/\(script)"]) }

    /// The report. Throws a `Problem` when it makes no sense, or says itself how it is divided.
    private func parsedReport() throws -> ReportCommand {
        guard report.first == "report" else {
            throw Problem(
                report.isEmpty ? "No report is named" : "\(printable(report[0])) is not divided into jobs: only reports are",
                explanation: "A report is expected behind --, as it is written for one machine.",
                remedy: "vitrine submit --shards 8 --to jobs -- report …", kind: .usage)
        }
        let words = try ConfigurationFile.expanding(report, verbs: [ReportCommand.self])
        let command: ReportCommand
        do { command = try ReportCommand.parse(Array(words.dropFirst())) } catch {
            throw Problem("The report makes no sense: \(ReportCommand.message(for: error))", kind: .usage)
        }
        guard !command.division.isPartial, !command.estimate else {
            throw Problem("The report is to be the whole one", explanation: "--shard, --stop-before and --estimate are for a single process.", kind: .usage)
        }
        return command
    }

    /// The run folder of the report, apart from all else.
    private func runFolder(of command: ReportCommand) throws -> String {
        let images = command.given.images, places = try command.site.places(besides: images)
        try Places.check(
            [("--images", images), ("--out", places.site), ("--run", places.run), ("--to", folder)],
            explanation: "Images, site, run folder and jobs must be kept apart; nothing was changed.")
        return places.run
    }

    /// This program, to be called by its path.
    private static var program: String { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "vitrine" }

    private func write(_ files: [(name: String, text: String)], to place: String) throws {
        if case .entries(let names) = try FolderContent.of(place) {
            guard names.contains("submit.sh") else {
                throw Problem(
                    "\(folder) is not empty", explanation: "Vitrine did not write jobs there; nothing was changed.",
                    remedy: "Choose another folder with --to.", kind: .usage)
            }
            let isOther = try files.contains { try FileBytes.read("\(place)/\($0.name)") != Array($0.text.utf8) }
            if isOther { StandardError.write("Warning: the jobs that were in \(folder) are replaced by other ones\n") }
        }
        try FolderContent.makeDirectory(place + "/log")
        for (name, text) in files { try AtomicFile.write(Array(text.utf8), to: "\(place)/\(name)") }
    }

    private func submit(_ place: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [place + "/submit.sh"]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Problem("The jobs could not be handed to Slurm", remedy: "They are in \(folder): \(command("submit.sh")) tries again.")
        }
    }
}
