import Diagnostics
import Tensors

/// Where knowledge distillation layers stand in a network, or what a teacher's features for them are taken from (letKD, Gorgun, Gurbuz and
/// Alatan, BMVC 2023, as in the authors' code): the words of the penultimate layer behind the last map, which the classifier pools; the
/// sub-classes behind the first block at that map's resolution, that of the last stage that halves it. Where a stage has one block, both
/// are the same place.
public struct DistillationPlaces: Sendable, Equatable, Encodable {
    /// A layer with a map.
    public struct Place: Sendable, Equatable, Encodable {
        public let layer: String
        /// C x H x W.
        public let shape: [Int]

        init(layer: String, shape: [Int]) {
            self.layer = layer
            self.shape = shape
        }

        /// `layer3.0 (64 x 8 x 8)`.
        public var summary: String { "\(layer) (\(shape.map(String.init).joined(separator: " x ")))" }
    }

    /// Nil where the graph does not tell.
    public let words: Place?
    /// Nil where the graph does not tell.
    public let subClasses: Place?
    /// Layers that could be chosen: ends of blocks and stages with maps that the classes depend on wholly, in the order of the graph.
    public let candidates: [Place]
    /// Why the graph does not tell, as a sentence, where that is the size of the pictures.
    public let reason: String?
}

extension ImageNetwork {
    /// The places for knowledge distillation layers. Throws a `Problem` when shapes do not fit together.
    public func distillationPlaces() throws -> DistillationPlaces { try PlaceSearch(self).places }

    /// The layer as a place, whatever stands behind it. Throws a usage `Problem` when there is no such layer, or it has no map.
    public func distillationPlace(at layer: String) throws -> DistillationPlaces.Place {
        let node = try graph.node(named: layer)
        let shapes = try graph.shapes(input: input.shape)
        guard node > 0, shapes[node].rank == 3, graph.channelAxes(shapes)[node] == 0 else {
            throw Problem(
                "Layer \(layer) of \(displayName) has no map: its output is \(shapes[node])",
                explanation: "C x H x W is needed, at every position of which something can be compared.",
                remedy: "Choose another layer; `vitrine inspect` lists them.", kind: .usage)
        }
        return .init(layer: layer, shape: shapes[node].dimensions)
    }

    /// The size of pictures, height and width, at which the map at `layer` has `extent`, height and width; nil where there is none that
    /// follows from how much smaller than its pictures that map is.
    public func inputSize(givingMapOf extent: [Int], at layer: String) -> [Int]? {
        let channels = input.shape[0]
        func map(_ size: [Int]) -> [Int]? {
            guard let node = try? graph.node(named: layer), let shapes = try? graph.shapes(input: Shape([channels] + size)) else { return nil }
            return shapes[node].map.map { Array($0.dimensions.suffix(2)) }
        }
        guard let now = map(input.size), zip(input.size, now).allSatisfy({ $1 > 0 && $0 % $1 == 0 }) else { return nil }
        let size = [input.size[0] / now[0] * extent[0], input.size[1] / now[1] * extent[1]]
        return map(size) == extent ? size : nil
    }

    /// Throws the usage `Problem` of putting templates behind `layer`, if there is one.
    public func checkPlaceForTemplates(behind layer: String) throws { _ = try placeForTemplates(behind: layer) }
}

/// The search for places in a graph.
private struct PlaceSearch {
    private let network: ImageNetwork
    private var graph: Graph { network.graph }
    private let shapes: [Shape]
    /// Nodes whose output is a map of several positions that every way from the image to the classes leads through, and more than the image
    /// seen through filters, such as the patches that a transformer makes tokens of.
    private let maps: [Int]
    /// Names that stand for modules: others begin with them.
    private let modules: Set<String>

    init(_ network: ImageNetwork) throws {
        self.network = network
        let graph = network.graph
        let shapes = try graph.shapes(input: network.input.shape), axes = graph.channelAxes(shapes)
        self.shapes = shapes
        // What a head of convolutions makes of a map are classes already.
        let head = graph.index[network.head.module] ?? graph.index[network.logits] ?? graph.nodes.count
        let isLinear = Self.linear(graph)
        maps = try graph.gates(to: network.logits).filter {
            $0 > 0 && $0 < head && !isLinear[$0] && shapes[$0].rank == 3 && axes[$0] == 0 && shapes[$0][1] * shapes[$0][2] > 1
        }
        var modules = Set<String>()
        for name in graph.layerNames {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            for count in 1..<max(1, parts.count) { modules.insert(parts[..<count].joined(separator: ".")) }
        }
        self.modules = modules
    }

    /// Of every node, whether it is linear in the image.
    private static func linear(_ graph: Graph) -> [Bool] {
        var linear: [Bool] = []
        for node in graph.nodes {
            let isStep = [.source, .convolution, .linear, .averaging, .rearrangement, .sum].contains(node.operation.role)
            linear.append(isStep && node.inputs.allSatisfy { linear[$0] })
        }
        return linear
    }

    var places: DistillationPlaces {
        guard let last else { return DistillationPlaces(words: nil, subClasses: nil, candidates: candidates(with: nil), reason: nil) }
        if let stage = network.matched.first(where: { (graph.index[$0.layer] ?? 0) > last }).flatMap({ place($0.layer) }) {
            let isPoint = stage.shape.count == 3 && stage.shape.dropFirst().allSatisfy { $0 == 1 }
            return DistillationPlaces(
                words: nil, subClasses: nil, candidates: candidates(with: nil),
                reason: isPoint
                    ? "Pictures of \(network.input.size[0]) x \(network.input.size[1]) leave one position of \(stage.summary), where several are needed."
                    : nil)
        }
        // Templates are part of the layer that they stand behind.
        let words = name(of: last), subClasses = firstBlock(before: last)
        return DistillationPlaces(
            words: place(network.layerBehindTemplates(at: words)),
            subClasses: subClasses.flatMap { place(network.layerBehindTemplates(at: $0)) }, candidates: candidates(with: words), reason: nil)
    }

    /// The last map, before any pooling of it.
    private var last: Int? { maps.last { !isPooling($0) } }

    /// The layers that end stages: those that are matched, or where one of them is a part of a layer that is reported and ends with it, these.
    private var stages: [String] {
        let matched = network.matched.map(\.layer)
        let isInner = matched.contains { part in
            network.reported.contains { part.hasPrefix($0 + ".") && graph.index[part] == graph.index[$0] }
        }
        return isInner ? network.reported : matched
    }

    private func isPooling(_ node: Int) -> Bool { [.averaging, .maximum].contains(graph.nodes[node].operation.role) }

    private func extent(_ node: Int) -> [Int] { Array(shapes[node].dimensions.dropFirst()) }

    private func place(_ name: String) -> DistillationPlaces.Place? {
        graph.index[name].map { .init(layer: name, shape: shapes[$0].dimensions) }
    }

    /// As the stage that ends there is called, or the largest part.
    private func name(of node: Int) -> String {
        stages.last { graph.index[$0] == node } ?? graph.aliasesByNode[node]?.last ?? graph.nodes[node].name
    }

    /// The first block at the resolution of the map `last`: a part of the first stage that ends at that resolution, or a numbered neighbour of
    /// what it ends with; otherwise the first sum; in networks without sums the stage's first nonlinearity, or its first part.
    private func firstBlock(before last: Int) -> String? {
        let extent = extent(last)
        let here = maps.filter { $0 <= last && self.extent($0) == extent && !isPooling($0) }
        let stage = stages.lazy.map { (name: $0, node: graph.index[$0] ?? 0) }.first { here.contains($0.node) }
        let parts = graph.layerNames.compactMap { name in
            graph.index[name].flatMap { node in
                here.contains(node) && node <= stage?.node ?? last && modules.contains(name) ? (name: name, node: node) : nil
            }
        }
        if let stage {
            let inner = parts.filter { $0.name.hasPrefix(stage.name + ".") }
            if inner.contains(where: { $0.node == stage.node }), let depth = inner.map({ depth($0.name) }).min() {
                return inner.first { depth == self.depth($0.name) }?.name
            }
            if let numbered = parts.first(where: { isNumbered($0.name) && isNumbered(stage.name) && parent($0.name) == parent(stage.name) }) {
                return numbered.name
            }
        }
        func first(_ role: OperationRole, upTo end: Int) -> String? {
            here.first { $0 <= end && graph.nodes[$0].operation.role == role }.map { graph.nodes[$0].name }
        }
        return first(.sum, upTo: last) ?? first(.activation, upTo: stage?.node ?? last) ?? parts.first?.name ?? stage?.name
    }

    /// At most twelve, the last ones; `words` among them.
    private func candidates(with words: String?) -> [DistillationPlaces.Place] {
        let stages = Set(network.matched.map(\.layer) + [words].compactMap { $0 })
        var found: [DistillationPlaces.Place] = [], seen = Set<Int>()
        for name in graph.layerNames where stages.contains(name) || modules.contains(name) {
            guard let node = graph.index[name], maps.contains(node) else { continue }
            // Of several names of one node the last, of the largest part.
            if !seen.insert(node).inserted { found.removeLast() }
            found.append(.init(layer: name, shape: shapes[node].dimensions))
        }
        return found.suffix(12)
    }

    private func depth(_ name: String) -> Int { name.count { $0 == "." } }

    private func parent(_ name: String) -> Substring { name.lastIndex(of: ".").map { name[..<$0] } ?? "" }

    private func isNumbered(_ name: String) -> Bool { name.split(separator: ".").last.flatMap { Int($0) } != nil }
}
