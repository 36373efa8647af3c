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
    @Option(parsing: .unconditional, help: "Threads; by default one per processor, under Slurm as many as the task has.") var threads: Int?

    /// Throws a `Problem` when so many make no sense.
    func count() throws -> Int {
        let count = threads ?? Self.slurmTask ?? ProcessInfo.processInfo.activeProcessorCount
        try require(count, "--threads", in: 1...256)
        return count
    }

    /// The processors of a task under Slurm, which may not be the only one of its node; nil elsewhere.
    private static var slurmTask: Int? {
        ProcessInfo.processInfo.environment["SLURM_CPUS_PER_TASK"].flatMap { Int($0) }.flatMap { (1...256).contains($0) ? $0 : nil }
    }
}

struct MessageOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "No progress on standard error.") var quiet = false

    var progress: any ProgressReport { TerminalProgress.make(quiet: quiet) }
}
