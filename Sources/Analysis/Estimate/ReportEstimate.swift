import Foundation

/// What a report will cost on this machine: measured on a few images and a few steps, and multiplied.
public struct ReportEstimate: Codable, Sendable {
    /// One part of the work.
    public struct Phase: Codable, Sendable {
        public var name: String
        /// How many of what: `5000 images`.
        public var amount: String
        public var seconds: Double
        /// The most memory that was resident while a sample of it was done, in bytes.
        public var peakMemory: Int
        /// What it writes, in bytes.
        public var disk: Int
        /// Pieces that shards can share; nil where one process does all of it.
        public var pieces: Int?
    }

    /// The same work, shared.
    public struct Division: Codable, Sendable {
        public var shards: Int
        /// From the beginning to the end, if all shards begin at once.
        public var seconds: Double
        /// What of it only one machine works in.
        public var secondsOfOne: Double
        /// Of all machines together.
        public var nodeHours: Double
    }

    public var phases: [Phase]
    public var threads: Int
    /// Where that was asked for.
    public private(set) var division: Division?
    /// Bytes of pictures in the run folder, which the site holds once more.
    var pictures = 0

    public var seconds: Double { phases.reduce(0) { $0 + $1.seconds } }
    public var peakMemory: Int { phases.map(\.peakMemory).max() ?? 0 }
    public var disk: Int { phases.reduce(0) { $0 + $1.disk } }

    private enum CodingKeys: CodingKey { case phases, threads, seconds, peakMemory, disk, division }

    init(threads: Int) {
        phases = []
        self.threads = threads
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        phases = try container.decode([Phase].self, forKey: .phases)
        threads = try container.decode(Int.self, forKey: .threads)
        division = try container.decodeIfPresent(Division.self, forKey: .division)
    }

    /// The sums too, for programs.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(phases, forKey: .phases)
        try container.encode(threads, forKey: .threads)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(peakMemory, forKey: .peakMemory)
        try container.encode(disk, forKey: .disk)
        try container.encodeIfPresent(division, forKey: .division)
    }

    /// Adds what the work takes when `shards` machines like this one share it. Each process reads checkpoint and listing anew, which takes it
    /// `loading`: those that begin, go between and end, and the shards of each part.
    public mutating func divide(among shards: Int, loading: Duration) {
        let loading = loading.inSeconds
        let parts = RunPart.allCases.count, around = Double(parts + 1) * loading
        var shared = 0.0, one = around, together = around
        for phase in phases {
            together += phase.seconds
            guard let pieces = phase.pieces, pieces > 0 else {
                one += phase.seconds
                continue
            }
            // The largest share is what the others wait for.
            shared += phase.seconds * Double((pieces + shards - 1) / shards) / Double(pieces)
        }
        shared += Double(parts) * loading
        together += Double(parts * shards) * loading
        division = Division(shards: shards, seconds: one + shared, secondsOfOne: one, nodeHours: together / 3600)
    }
}
