import Analysis
import Diagnostics
import Network
import Run

/// What is to be switched off, as words of the command line name it.
struct AblationSelection {
    private let network: ImageNetwork
    /// Of which every unit is switched off by itself, in the order of execution.
    private let names: [String]
    private let run: RunFolder?
    private let unitCounts: [String: Int]

    /// - Parameter run: whose concepts are known; nil for none.
    /// - Throws: a `Problem` for a layer that is not there, or has no units.
    init(network: ImageNetwork, names: [String], run: RunFolder?) throws {
        let shapes = try network.graph.mapShapes(input: network.input.shape)
        unitCounts = Dictionary(network.graph.index.map { ($0.key, shapes[$0.value][0]) }) { first, _ in first }
        for name in names { try Self.check(name, of: network) }
        self.network = network
        self.run = run
        self.names = try names.map { ($0, try network.graph.node(named: $0)) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }

    private static func check(_ name: String, of network: ImageNetwork) throws {
        let node = try network.graph.node(named: name)
        guard node > 0, node != network.graph.index[network.logits] else {
            throw Problem(
                "\(name) has no units to switch off", explanation: node > 0 ? "It is what the network ends in." : "It is the image.", kind: .usage)
        }
    }

    /// The layers with the units that `selection` chooses among them, and the concepts that the run knows.
    func layers(units selection: String) throws -> [AblationStudy.Layer] {
        let selection = try UnitSelection(selection)
        return try names.map { name in
            let units = try selection.units(of: name, count: unitCounts[name] ?? 0, among: names)
            let concepts = try run?.read(LayerConcepts.self, from: .concepts(layer: name))?.concepts ?? []
            return .init(name: name, units: units, concepts: concepts.map(\.direction))
        }
    }

    /// What `text` names: parts between commas, each `LAYER:UNITS`, or `UNITS` of the layer of the part before.
    func set(_ text: String) throws -> SwitchedOff {
        var parts: [(layer: String, what: SwitchedOff.What)] = [], layer: String?
        for piece in text.split(separator: ",").map(String.init) {
            var what = piece
            if let colon = piece.lastIndex(of: ":") {
                layer = String(piece[..<colon])
                what = String(piece[piece.index(after: colon)...])
            }
            guard let layer, !what.isEmpty else {
                throw Problem(
                    "--off \(text) does not say of which layer “\(piece)” is", remedy: "Write layer3:5, layer3:5,layer3:7-9 or layer3:all.", kind: .usage)
            }
            try Self.check(layer, of: network)
            parts.append((layer, try self.what(what, of: layer)))
        }
        guard !parts.isEmpty else { throw Problem("--off names nothing", remedy: "Write layer3:5 or layer3:7-9.", kind: .usage) }
        // Units of a layer at once; layers as they are executed.
        var units: [String: Set<Int>] = [:], others: [SwitchedOff.Part] = []
        for part in parts {
            if case .units(let chosen) = part.what { units[part.layer, default: []].formUnion(chosen) } else { others.append(SwitchedOff.Part(part.layer, part.what)) }
        }
        let all = others + units.filter { !$0.value.isEmpty }.map { SwitchedOff.Part($0.key, .units($0.value.sorted())) }
        let order = try all.map { ($0, try network.graph.node(named: $0.layer)) }.sorted { ($0.1, $0.0.layer) < ($1.1, $1.0.layer) }
        guard !order.isEmpty else { throw Problem("--off \(text) names nothing", remedy: "Write layer3:5 or layer3:7-9.", kind: .usage) }
        return SwitchedOff(order.map(\.0))
    }

    private func what(_ text: String, of layer: String) throws -> SwitchedOff.What {
        guard text.hasPrefix("concept") else {
            return .units(try UnitSelection(text).units(of: layer, count: unitCounts[layer] ?? 0, among: [layer]))
        }
        let concepts = try run?.read(LayerConcepts.self, from: .concepts(layer: layer))?.concepts ?? []
        guard let index = Int(text.dropFirst("concept".count)), let concept = concepts.first(where: { $0.index == index }) else {
            throw Problem(
                "There is no concept \(text.dropFirst("concept".count)) of \(layer)",
                explanation: run == nil
                    ? "Concepts are those of a run." : concepts.isEmpty ? "The run has none of this layer." : "The run has 0 to \(concepts.count - 1).",
                remedy: "Name a run made with --concepts \(layer):10.", kind: .usage)
        }
        return .direction(concept.direction)
    }
}
