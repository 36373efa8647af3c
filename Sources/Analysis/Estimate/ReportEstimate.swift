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
    }

    public var phases: [Phase]
    public var threads: Int
    /// Bytes of pictures in the run folder, which the site holds once more.
    var pictures = 0

    public var seconds: Double { phases.reduce(0) { $0 + $1.seconds } }
    public var peakMemory: Int { phases.map(\.peakMemory).max() ?? 0 }
    public var disk: Int { phases.reduce(0) { $0 + $1.disk } }

    private enum CodingKeys: CodingKey { case phases, threads, seconds, peakMemory, disk }

    init(threads: Int) {
        phases = []
        self.threads = threads
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        phases = try container.decode([Phase].self, forKey: .phases)
        threads = try container.decode(Int.self, forKey: .threads)
    }

    /// The sums too, for programs.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(phases, forKey: .phases)
        try container.encode(threads, forKey: .threads)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(peakMemory, forKey: .peakMemory)
        try container.encode(disk, forKey: .disk)
    }
}
