public import Analysis
public import ArgumentParser
import Diagnostics
import Run

/// How a report's work is divided among several machines.
struct ShardOptions: ParsableArguments {
    @Option(
        help: """
            Do one of several equal shares of the work, such as 3/8, into a folder of its own, RUN-shards/PART/3-of-8. `vitrine merge` joins them, \
            `vitrine submit` writes the jobs.
            """)
    var shard: RunShard?
    @Option(help: "With --shard: images, references or prototypes. By default images, until the run has seen all of them, then prototypes.")
    var part: RunPart?
    @Option(help: "Stop before images, references or prototypes are worked on, when all is ready for them to be shared.") var stopBefore: RunPart?
    @Option(parsing: .unconditional, help: "With --estimate: the work is shared among so many machines like this one.") var shards: Int?

    /// Options that say nothing of what is done.
    static let names: Set = ["--shard", "--part", "--stop-before"]

    /// True when no site is made.
    var isPartial: Bool { shard != nil || stopBefore != nil }

    func check(isEstimate: Bool) throws {
        try require(shards, "--shards", in: 1...RunShard.most)
        let problem: String? =
            if shards != nil, !isEstimate { "--shards goes with --estimate" }
            else if part != nil, shard == nil { "--part goes with --shard" }
            else if shard != nil, stopBefore != nil { "--shard and --stop-before are given at once" }
            else if isPartial, isEstimate { "--estimate is for the whole report" }
            else { nil }
        if let problem { throw Problem(problem, remedy: "`vitrine help report` says what they are for.", kind: .usage) }
    }

    /// The part to do of the run at `path`, and the folder with what is there of it; nil where nothing is left to do of the part told.
    func next(of path: String) throws -> (part: RunPart, basis: RunFolder?)? {
        let basis: RunFolder? = if case .absent = try FolderContent.of(path) { nil } else { try RunFolder.open(at: path) }
        let next = try RunPart.next(in: basis)
        switch (part, next) {
        case (.images, .prototypes): return nil
        case (.references?, .images), (.prototypes?, .images):
            throw Problem(
                "\(path) has not seen all images yet", explanation: "References and prototypes are made of what was seen.",
                remedy: "Join the shards of the images first: vitrine merge \(Self.folder(of: path, .images))/* --to \(path)", kind: .usage)
        default: return (part ?? next, basis)
        }
    }

    /// Where the shards of `part` lie, beside the run at `path`.
    static func folder(of path: String, _ part: RunPart) -> String { "\(path)-shards/\(part)" }

    /// The folder of `shard`.
    static func folder(of path: String, _ part: RunPart, _ shard: RunShard) -> String {
        "\(folder(of: path, part))/\(shard.number)-of-\(shard.count)"
    }
}

extension RunShard: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension RunPart: ExpressibleByArgument {}
