import Analysis
import ArgumentParser
import Diagnostics
import Foundation
import Network
import Training

/// For `bench/offline.py`.
struct OfflineBenchmarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark-offline", abstract: "Times the offline part of distillation on features in a file.",
        discussion: """
            vocabulary: K-means, the choice of the first words included. discriminants: linear discriminant analysis. The file has a \
            tensor `features` (rows x channels) and, for discriminants, `labels` (rows).
            """, shouldDisplay: false)

    enum Work: String, ExpressibleByArgument { case vocabulary, discriminants }

    private struct Output: Encodable {
        var median_ms, min_ms: Double
        /// Of all threads, for each run.
        var processor_ms: Double
        var runs: Int
        var peak_rss_mb: Double
        var inertia: Double?
    }

    @Argument(help: "A file of tensors, such as safetensors.") var features: String
    @Option(help: "vocabulary or discriminants.") var what: Work = .vocabulary
    @Option(parsing: .unconditional, help: "Words of the vocabulary.") var words = 4096
    @Option(parsing: .unconditional, help: "Iterations of K-means.") var iterations = 20
    @OptionGroup var seedOption: SeedOption
    @OptionGroup var threadOption: ThreadOption
    @Option(parsing: .unconditional, help: "Timed runs.") var runs = 1
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        let count = try threadOption.count()
        try require(runs, "--runs", in: 1...1000)
        let folder = FileManager.default.temporaryDirectory.path + "/vitrine-features-\(getpid())"
        try FolderContent.makeDirectory(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // From a file, as `distill` has them: what is measured is not that they are in memory.
        let source = try KeptFeatures(read(), at: folder + "/features")
        ProcessMemory.resetPeak()
        var times: [Double] = [], inertia: Double?
        let begin = Self.processorTime
        for _ in 0..<runs {
            let time = try ContinuousClock().measure {
                switch what {
                case .vocabulary:
                    inertia = try VocabularySearch(words: words, iterations: iterations, seed: seedOption.seed, threads: count).run(source).inertia
                case .discriminants: _ = try DiscriminantAnalysis(source)
                }
            }
            times.append(Double(time.components.attoseconds) * 1e-15 + Double(time.components.seconds) * 1000)
        }
        let used = Self.processorTime - begin
        times.sort()
        try JSONOutput.print(
            Output(
                median_ms: times[runs / 2], min_ms: times[0], processor_ms: used / Double(runs), runs: runs, peak_rss_mb: Double(ProcessMemory.peak) / Double(1 << 20),
                inertia: inertia))
    }

    /// What this process has used of processors, in milliseconds.
    private static var processorTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
    }

    private func read() throws -> MemoryFeatures {
        let file = try Checkpoint.read(path: features)
        let rows = try file.tensor("features")
        guard rows.shape.rank == 2, rows.shape.count > 0 else {
            throw Problem("'features' in \(features) has the shape \(rows.shape)", explanation: "Rows x channels were expected.", kind: .usage)
        }
        guard file.names.contains("labels") else { return MemoryFeatures(values: rows.values, dimension: rows.shape[1]) }
        let labels = try file.tensor("labels").values
        guard labels.count == rows.shape[0], labels.allSatisfy({ $0 >= 0 && $0 < 100_000 }) else {
            throw Problem("'labels' in \(features) are not a class for each row", kind: .usage)
        }
        let classes = Int(labels.max() ?? 0) + 1
        return MemoryFeatures(
            values: rows.values, dimension: rows.shape[1], labels: labels.map { Int32($0) }, classNames: (0..<classes).map { "\($0)" })
    }
}
