import ArgumentParser
import Diagnostics
import Foundation

/// Options of every command that computes and tells how far it is.
struct ComputeOptions: ParsableArguments {
    @OptionGroup private var threadOption: ThreadOption
    @OptionGroup private var messages: MessageOptions

    /// Throws a `Problem` when so many threads make no sense.
    func threadCount() throws -> Int { try threadOption.count() }

    var progress: any ProgressReport { messages.progress }
}

struct ThreadOption: ParsableArguments {
    @Option(parsing: .unconditional, help: "Threads; one per processor by default.") var threads: Int?

    /// Throws a `Problem` when so many make no sense.
    func count() throws -> Int {
        let count = threads ?? ProcessInfo.processInfo.activeProcessorCount
        try require(count, "--threads", in: 1...256)
        return count
    }
}

struct MessageOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "No progress on standard error.") var quiet = false

    var progress: any ProgressReport { TerminalProgress.make(quiet: quiet) }
}
