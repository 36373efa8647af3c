public import ArgumentParser
import Diagnostics
import Foundation

/// The command line. The next verb: a file beside `TraceCommand.swift` and a line in `subcommands`.
public struct VitrineCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "vitrine",
        abstract: "Shows what the neurons of an image network look for.",
        discussion: """
            A checkpoint and a folder of real images in, a browsable, citable site out:

              vitrine report resnet20.th --images photographs/ --out site

            Exit codes: 0 done, 1 the work failed, 2 the command line makes no sense.
            """,
        version: Version.current,
        subcommands: [
            ReportCommand.self, MergeCommand.self, SubmitCommand.self,
            InspectCommand.self, ArchitecturesCommand.self,
            EvaluateCommand.self,
            CompareCommand.self, MeasureCommand.self,
            TraceCommand.self,
            ActivationsCommand.self,
            ExplainCommand.self, DiffCommand.self, AblateCommand.self,
            TrainCommand.self, DistillCommand.self, DictionaryCommand.self,
            RenderCommand.self,
            FigureCommand.self,
            CheckCommand.self, PublishCommand.self,
            BenchmarkCommand.self,
            OfflineBenchmarkCommand.self,
        ])

    public init() {}

    /// Runs the command line of the process and ends it.
    public static func runAndExit() -> Never {
        // A reader that goes away (`| head`) is no reason to die without a word.
        signal(SIGPIPE, SIG_IGN)
        do {
            let given = Array(CommandLine.arguments.dropFirst())
            try checkVerb(given)
            let words = try ConfigurationFile.expanding(given, verbs: configuration.subcommands)
            var command = try parseAsRoot(words)
            try command.run()
            Foundation.exit(0)
        } catch let problem as Problem {
            fail(problem.description, code: problem.kind == .usage ? 2 : 1)
        } catch {
            let code = exitCode(for: error)
            if code == .success { exit(withError: error) }
            if code == .validationFailure { fail(String(fullMessage(for: error).trimmingPrefix("Error: ")), code: 2) }
            fail(message(for: error), code: 1)
        }
    }

    /// Throws a usage `Problem` when the first word is no verb: the parser would complain of what comes behind it.
    private static func checkVerb(_ words: [String]) throws {
        let known = configuration.subcommands.map { $0.configuration }
        let verbs = known.filter { $0.shouldDisplay }.compactMap { $0.commandName }
        // Those of the parser's own.
        guard let word = words.first, !word.hasPrefix("-"), word != "help", !known.contains(where: { $0.commandName == word }) else { return }
        let near = nearestNames(to: word, among: verbs)
        throw Problem(
            "“\(word)” is no verb of vitrine",
            explanation: near.isEmpty ? "Its verbs are \(verbs.joined(separator: ", "))." : "Did you mean \(near.joined(separator: ", "))?",
            remedy: "`vitrine --help` says what each does.", kind: .usage)
    }

    private static func fail(_ message: String, code: Int32) -> Never {
        StandardError.write("vitrine: \(message)\n")
        Foundation.exit(code)
    }
}
