import Analysis
import Foundation
import Network
import Site

/// An estimate as a person reads it: a line for each part of the work, and the whole.
struct EstimateTable {
    let text: String

    init(_ estimate: ReportEstimate, network: ImageNetwork) {
        var rows = [["", "", "time", "memory", "disk"]]
        rows += estimate.phases.map { phase in
            [phase.name, phase.amount, Self.time(phase.seconds), Self.bytes(phase.peakMemory), Self.bytes(phase.disk)]
        }
        rows.append(["Together", "", Self.time(estimate.seconds), Self.bytes(estimate.peakMemory), Self.bytes(estimate.disk)])
        let shared = estimate.division.map { division in
            "Shared among \(division.shards) such machines: \(Self.time(division.seconds)) from beginning to end, in \(Self.time(division.secondsOfOne)) of "
                + "which one works alone; together \(String(format: "%.1f", division.nodeHours)) node-hours"
        }
        let threads = estimate.threads == 1 ? "1 thread" : "\(estimate.threads) threads"
        let head = "\(network.displayName), \(threads) of this machine as busy as it is now; disk at most"
        text = [head, TextTable(rows, words: [0, 1]).text, shared].compactMap { $0 }.joined(separator: "\n")
    }

    static func time(_ seconds: Double) -> String {
        // Tenths, so that many short parts make up what they are together.
        if seconds < 9.95 { return String(format: "%.1f s", seconds > 0 ? max(0.1, seconds) : 0) }
        let total = Int(seconds.rounded(.up))
        if total < 120 { return "\(total) s" }
        if total < 7200 { return "\((total + 30) / 60) min" }
        return String(format: "%.1f h", Double(total) / 3600)
    }

    static func bytes(_ count: Int) -> String {
        let mega = Double(count) / 1e6
        return mega < 10 ? String(format: "%.1f MB", mega) : mega < 10_000 ? String(format: "%.0f MB", mega) : String(format: "%.1f GB", mega / 1000)
    }
}
