import Analysis
import Diagnostics
import Run

/// Which layers of two runs are compared with which.
struct LayerPairs {
    private let told: [String]?
    private let first: [String]
    private let second: [String]

    init(_ told: [String]?, _ one: ReopenedRun, _ other: ReopenedRun) {
        self.told = told
        first = one.manifest.options.layers
        second = other.manifest.options.layers
    }

    /// Those that were told, else those of the same name; and which layers of the runs remain.
    func chosen() throws -> (pairs: [PairedSweep.Pair], notCompared: [RunDifference.NotCompared]) {
        let pairs = try told.map { try $0.map(pair) } ?? first.filter(second.contains).map { .init(first: $0, second: $0) }
        if let told, told.isEmpty { throw Problem("--layers names no layer", kind: .usage) }
        guard Set(pairs).count == pairs.count else { throw Problem("--layers names a pair of layers twice", kind: .usage) }
        let (ones, others) = (Set(pairs.map(\.first)), Set(pairs.map(\.second)))
        func left(_ layers: [String], _ compared: Set<String>, _ run: String, _ elsewhere: [String], _ other: String) -> [RunDifference.NotCompared] {
            layers.filter { !compared.contains($0) }.map {
                .init(layer: "\($0) of \(run)", reason: elsewhere.contains($0) ? "not chosen" : "\(other) reports no layer of that name")
            }
        }
        return (pairs, left(first, ones, "A", second, "B") + left(second, others, "B", first, "A"))
    }

    private func pair(_ text: String) throws -> PairedSweep.Pair {
        // A layer's name may hold a sign of equality itself.
        if first.contains(text), second.contains(text) { return .init(first: text, second: text) }
        for place in text.indices where text[place] == "=" {
            let (one, other) = (String(text[..<place]), String(text[text.index(after: place)...]))
            if first.contains(one), second.contains(other) { return .init(first: one, second: other) }
        }
        throw Problem(
            "--layers: “\(text)” is no layer of both runs",
            explanation: "The first run reports \(first.joined(separator: ", ")); the second \(second.joined(separator: ", ")).",
            remedy: "Write a layer of both, or LAYER=LAYER.", kind: .usage)
    }
}
