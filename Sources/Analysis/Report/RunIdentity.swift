import Diagnostics
import Run

/// What a run's results depend on, by the names that a person knows it by: a run with other values is another run.
struct RunIdentity: Hashable {
    let values: [(name: String, value: String)]
    /// What was added to it: a run without can be given it, and what it has stays as it is.
    let additions: [(name: String, value: String)]

    init(_ manifest: RunManifest) {
        let (network, options, tool) = (manifest.network, manifest.options, manifest.tool)
        values = [
            ("the checkpoint's hash", network.checkpoint.sha256),
            ("the architecture", network.architecture),
            ("the image listing's hash", manifest.images.listing),
        ] + options.identity + [
            ("the version of \(tool.name)", tool.version),
            ("the engine", tool.engine),
        ]
        additions = options.additions
    }

    /// Of the run that a shard is one of.
    init(_ shard: ShardRecord) {
        values = shard.identity.map { ($0.name, $0.value) }
        additions = []
    }

    static func == (first: RunIdentity, second: RunIdentity) -> Bool { first.fingerprint == second.fingerprint }
    func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }

    /// What `new` has otherwise, a clause each.
    func differences(to new: RunIdentity) -> [String] {
        RecordedOption.differences(values, new.values).map(Self.clause)
    }

    private static func clause(_ change: (name: String, old: String, new: String)) -> String {
        "\(change.name) was \(shortened(change.old)), now \(shortened(change.new))"
    }

    /// The identity as 64 hexadecimal digits, kept with the states, which are of no use to another run.
    var fingerprint: [UInt8] {
        let lines = values.map { "\($0.name)\u{0}\($0.value)\u{0}" }
        return Array(FileHash.sha256(Array(lines.joined().utf8)).utf8)
    }

    /// Writes the fingerprint into the folder, if it is not there.
    func write(to folder: RunFolder) throws {
        if try folder.readBytes(Self.path) != fingerprint { try folder.writeBytes(fingerprint, to: Self.path) }
    }

    /// Throws a usage `Problem` that names the differences when `folder` holds a run of another identity.
    func check(_ folder: RunFolder) throws {
        guard let old = try folder.read(RunManifest.self, from: .manifest) else {
            // The manifest was removed, but what it spoke of is still there.
            guard let kept = try folder.readBytes(Self.path), kept != fingerprint else { return }
            throw Self.other(folder, "Its run.json is missing, so what differs is not known.")
        }
        let known = RunIdentity(old), names = known.additions.map(\.name)
        let changed = RecordedOption.differences(known.additions, additions).filter { names.contains($0.name) }
        let differences = known.differences(to: self) + changed.map(Self.clause)
        guard differences.isEmpty else { throw Self.other(folder, "\(differences.joined(separator: "; ")).") }
    }

    static func other(_ folder: RunFolder, _ explanation: String) -> Problem {
        Problem(
            "\(folder.path) holds another run", explanation: explanation,
            remedy: "Choose another folder with --run, or remove this one to start anew.", kind: .usage)
    }

    private static let path = RunPath.state("identity")

    /// Of a hash its beginning.
    private static func shortened(_ value: String) -> String {
        value.count == 64 && value.allSatisfy(\.isHexDigit) ? String(value.prefix(12)) : value
    }
}
