import Diagnostics
import Tensors

/// The tensors of a checkpoint parted by their names: those of the layers and blocks that match templates, and the rest, by which the
/// architecture is recognised.
struct TemplateTensors {
    private struct Place: Hashable {
        let kind: TemplateDescription.Kind
        let layer: String
    }

    /// All but those of `places`.
    private struct Rest: TensorSource {
        let whole: any TensorSource
        let names: [String]
        private let known: Set<String>

        init(_ whole: any TensorSource, _ names: [String]) {
            self.whole = whole
            self.names = names
            known = Set(names)
        }

        func shape(of name: String) -> Shape? { known.contains(name) ? whole.shape(of: name) : nil }
        func tensor(_ name: String) throws -> Tensor { try whole.tensor(name) }
        var configuration: NetworkConfiguration? { whole.configuration }
    }

    private let whole: any TensorSource
    /// In the order of the file.
    private var places: [Place] = []
    /// Tensors of `places`.
    private var own: [String] = []
    /// What a network without them has.
    let rest: any TensorSource

    init(_ tensors: any TensorSource) {
        whole = tensors
        var others: [String] = []
        var seen = Set<Place>()
        for name in tensors.names {
            guard let place = Self.place(of: name) else {
                others.append(name)
                continue
            }
            own.append(name)
            if seen.insert(place).inserted { places.append(place) }
        }
        rest = places.isEmpty ? tensors : Rest(tensors, others)
    }

    /// Names that tensors of a template block have behind `L.templates.`, unlike those behind `L.letkd.templates.`.
    private static let blockNames = Set(
        ["scores.weight", "semantics.weight", "alpha", "per_class", "bn.num_batches_tracked"]
            + NormalizationValues.names.map { "bn.\($0)" })

    /// The layer that a tensor of this name stands behind, if it is one of these.
    private static func place(of name: String) -> Place? {
        if let (layer, _) = parted(name, at: ".letkd.") { return Place(kind: .knowledgeDistillation, layer: layer) }
        if let (layer, tensor) = parted(name, at: ".templates."), blockNames.contains(tensor) {
            return Place(kind: .templateBlock, layer: layer)
        }
        return nil
    }

    /// What stands before the last `mark` and behind it.
    private static func parted(_ name: String, at mark: String) -> (String, String)? {
        let (text, mark) = (Array(name.utf8), Array(mark.utf8))
        guard text.count > mark.count else { return nil }
        for start in stride(from: text.count - mark.count, through: 1, by: -1) where text[start..<start + mark.count].elementsEqual(mark) {
            return (
                String(decoding: text[..<start], as: UTF8.self), String(decoding: text[(start + mark.count)...], as: UTF8.self)
            )
        }
        return nil
    }

    /// `network`, made of `rest`, with the parts that match templates. Throws a `Problem` that names all tensors which do not fit.
    func inserted(into network: ImageNetwork) throws -> ImageNetwork {
        guard !places.isEmpty else { return network }
        var result = network
        // A part may stand behind another one: as many rounds as there are parts.
        var open = places
        while !open.isEmpty {
            let ready = open.filter { result.graph.index[$0.layer] != nil }
            var channels: [Place: Int] = [:]
            for place in ready.isEmpty ? open : ready { channels[place] = try self.channels(at: place, of: result) }
            // Shapes first: extents in a file are anything until they have been compared.
            let shapes = Parameters(shapesOf: whole)
            for place in ready { _ = try part(place, channels[place] ?? 0, result, shapes, readsValues: false) }
            try finish(shapes, result)
            let values = Parameters(whole)
            for place in ready {
                guard let block = try part(place, channels[place] ?? 0, result, values, readsValues: true) else { continue }
                result = try result.inserting(block)
            }
            let left = Set(try finish(values, result))
            result.unusedTensors += own.filter { name in left.contains(name) && Self.place(of: name).map(ready.contains) == true }
            result.nonFiniteTensors += values.nonFinite
            open.removeAll(where: ready.contains)
        }
        return result
    }

    /// Of the map at a place. Throws a `Problem` when there is none.
    private func channels(at place: Place, of network: ImageNetwork) throws -> Int {
        do { return try network.placeForTemplates(behind: place.layer).channels } catch let problem as Problem {
            throw Problem(
                "The checkpoint has tensors \(printable(place.layer)).\(place.kind.rawValue).*, but: \(problem.summary)",
                explanation: problem.explanation, remedy: "Use a checkpoint of \(network.architecture) with its own layers.")
        }
    }

    private func part(
        _ place: Place, _ channels: Int, _ network: ImageNetwork, _ parameters: Parameters, readsValues: Bool
    ) throws -> (any TemplateMatching)? {
        switch place.kind {
        case .knowledgeDistillation:
            try KnowledgeDistillationLayer(
                behind: place.layer, channels: channels, classCount: network.classCount, parameters, readsValues: readsValues)
        case .templateBlock:
            try TemplateBlock(
                behind: place.layer, channels: channels, classCount: network.classCount, parameters, readsValues: readsValues)
        }
    }

    @discardableResult
    private func finish(_ parameters: Parameters, _ network: ImageNetwork) throws -> [String] {
        try parameters.finish(
            architecture: "\(network.architecture) with templates behind \(places.map(\.layer).joined(separator: ", "))",
            remedy: "Use a whole checkpoint, as `vitrine distill` or `vitrine train` writes it.")
    }
}
