import Diagnostics
import Foundation
import Synchronization

/// Which algorithm is used for which convolution: timed once, then remembered.
///
/// A choice changes the rounding of results, so it must not change between two runs of the same command. Three places are
/// asked in this order: the *record* of the run (a file in its folder, written before anything is computed), what this process
/// has timed before, and the *cache* of the machine. Only what is in none of them is timed, and then written to all. So a run
/// that is resumed or repeated in its folder makes the same choices even if the cache was deleted meanwhile; a new run on the
/// same machine makes them as long as the cache is there.
public final class AlgorithmChoices: Sendable {
    private let record: Mutex<[String: String]>
    private let recordPath: String?
    private let cachePath: String?
    /// What was timed in this process, by machine and convolution.
    private static let timed = Mutex<[String: String]>([:])

    /// Choices that are recorded in the file at `record` and shared by all runs of the machine through the file at `cache`.
    public init(record: String? = nil, cache: String? = AlgorithmChoices.machineCache) {
        recordPath = record
        cachePath = cache
        self.record = Mutex(record.map(Self.read) ?? [:])
    }

    /// `$XDG_CACHE_HOME/vitrine/convolutions.json`, or the same in `~/.cache`; nil when neither is known.
    public static var machineCache: String? {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") { return folder + "/vitrine/convolutions.json" }
        return environment["HOME"].map { $0 + "/.cache/vitrine/convolutions.json" }
    }

    /// The processor's name and numbers, and the library: what timings depend on besides the convolution.
    private static let machine: String = {
        let wanted = ["vendor_id", "cpu family", "model", "model name", "stepping"]
        var values: [String: String] = [:]
        for line in ((try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "").split(separator: "\n").prefix(64) {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2, values[parts[0]] == nil { values[parts[0]] = parts[1] }
        }
        return (wanted.compactMap { values[$0] } + [OneDNN.version]).joined(separator: " ")
    }()

    /// The algorithm for the convolution that `key` describes, among `candidates`. `time` tells how long each takes; nil where
    /// there is none. A candidate replaces the first only when it is at least a twentieth faster. `note` tells timings of the machine
    /// apart that a run makes one choice of, so that two runs that chose differently are always seen to.
    func algorithm(
        for key: String, note: String = "", among candidates: [ConvolutionAlgorithm],
        time: ([ConvolutionAlgorithm]) throws -> [Double?]
    ) throws -> ConvolutionAlgorithm {
        func known(_ name: String?) -> ConvolutionAlgorithm? {
            name.flatMap(ConvolutionAlgorithm.init).flatMap { candidates.contains($0) ? $0 : nil }
        }
        return try record.withLock { record in
            if let recorded = known(record[key]) { return recorded }
            let machineKey = "\(Self.machine), \(key)\(note)"
            // Held while timing: two timings at once would disturb each other, and might not agree.
            let chosen = try Self.timed.withLock { timed in
                if let remembered = known(timed[machineKey]) { return remembered }
                let cached = known(cachePath.flatMap { Self.read($0)[machineKey] })
                let chosen = try cached ?? Self.fastest(candidates, time(candidates))
                if cached == nil { cachePath.map { Self.add(chosen, machineKey, toCache: $0) } }
                timed[machineKey] = chosen.rawValue
                return chosen
            }
            record[key] = chosen.rawValue
            if let recordPath { try AtomicFile.write(Self.encoded(record), to: recordPath) }
            return chosen
        }
    }

    private static func fastest(_ candidates: [ConvolutionAlgorithm], _ times: [Double?]) -> ConvolutionAlgorithm {
        var best = (algorithm: candidates[0], time: (times[0] ?? .infinity) * 0.95)
        for (candidate, time) in zip(candidates, times).dropFirst() {
            if let time, time < best.time { best = (candidate, time) }
        }
        return best.algorithm
    }

    /// A cache that cannot be read or written costs time, not the run.
    private static func add(_ algorithm: ConvolutionAlgorithm, _ key: String, toCache path: String) {
        try? FileManager.default.createDirectory(
            atPath: PathText.folder(of: path), withIntermediateDirectories: true)
        // Another process may have added to it meanwhile.
        var all = read(path)
        all[key] = algorithm.rawValue
        try? AtomicFile.write(encoded(all), to: path, isDurable: false)
    }

    private static func encoded(_ choices: [String: String]) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return Array(((try? encoder.encode(choices)) ?? Data()) + Data("\n".utf8))
    }

    /// What a file holds; nothing when it is missing, damaged or far too large.
    private static func read(_ path: String) -> [String: String] {
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size]) as? Int
        guard let size, size < 16 << 20, let data = FileManager.default.contents(atPath: path) else { return [:] }
        return (try? JSONDecoder().decode([String: String].self, from: data)) ?? [:]
    }
}

/// The shortest time of each of `steps` over a few rounds, in seconds; nil for those that are nil. With `isCold` other memory is written
/// before every run, as the layers between two runs of one do: kernels in tiles are large, and reading them again is what they cost.
func shortestTimes(of steps: [BoundStep?], isCold: Bool = false) throws -> [Double?] {
    let stream = try Stream()
    // More than a core's own cache holds, of each thread.
    let other = try isCold ? AlignedBuffer(bytes: Parallel.threads * (4 << 20)) : nil
    var shortest = steps.map { $0 == nil ? nil : Double.infinity }
    for round in 0..<6 {
        for (index, step) in steps.enumerated() {
            guard let step else { continue }
            if let other {
                Parallel.ranges(other.bytes / MemoryLayout<Float>.size, minimum: 1) {
                    other.floats(at: $0.lowerBound * MemoryLayout<Float>.size).update(repeating: Float(round), count: $0.count)
                }
            }
            let duration = try ContinuousClock().measure { try step(stream) }
            let seconds = Double(duration.components.attoseconds) * 1e-18 + Double(duration.components.seconds)
            // The first round warms up.
            if round > 0, let best = shortest[index] { shortest[index] = min(best, seconds) }
        }
    }
    return shortest
}
