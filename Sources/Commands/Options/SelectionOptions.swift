public import Analysis
public import ArgumentParser
import Dataset
import Diagnostics
import Network
import Run

/// What of a network a report shows.
struct SelectionOptions: ParsableArguments {
    @Option(help: "Comma-separated layers whose units are shown. `vitrine inspect` lists them.") var layers: CommaList?
    @Option(
        parsing: .unconditional,
        help: """
            Units that get a prototype: all, none, 0-15, layer1:3,layer2:0-7. By default all for images up to 64 pixels, else the \
            first 4 of each layer. Statistics are kept for all units in any case.
            """)
    var units: CommaList?
    @Option(
        parsing: .unconditional,
        help: """
            Classes that get a prototype: all, none, 3, 0-9, cat. By default all up to 100; else those that have images, 20 at most.
            """)
    var classes: CommaList?
    @Option(
        help: """
            Concepts that get a prototype: how many of which of the layers, such as layer3:10,layer2:5. A concept is a direction among a layer's \
            channels, found by a factorisation of its activations, which must not be negative. none by default.
            """)
    var concepts: CommaList?
    @Option(
        help: """
            positive: what activates units, the default; negative: what inhibits them, where layers can be below zero; or both. What inhibits \
            the units of a layer stands under a name of its own, LAYER.negated.
            """)
    var direction: UnitDirection = .positive

    @Flag(
        help: """
            Show the heads of attentions, in vision transformers: where each looks, in which images, and how much of the relevance of classes \
            goes through it. Up to 2,000 images go through the network once more.
            """)
    var heads = false

    /// The layers to report in the order of execution, and the network that has them (`UnitDirection.layers`).
    /// `directions`, which it has as a layer of its own, are among them.
    /// - Throws: a `Problem` for a layer that is not there, or has no units to report.
    func layers(of network: ImageNetwork, with directions: Directions? = nil) throws -> (network: ImageNetwork, layers: [String]) {
        let chosen = layers?.items ?? network.reported
        let names = directions?.added(to: chosen) ?? chosen
        guard !chosen.isEmpty else { throw Problem("--layers names no layer", kind: .usage) }
        var places: [(Int, String)] = []
        for asked in names {
            let node = try network.graph.node(named: asked), name = network.graph.ownName(of: asked, node)
            guard node > 0, node != network.graph.index[network.logits] else {
                throw Problem(
                    "\(name) has no units to report",
                    explanation: network.hasClasses
                        ? "The classes of \(network.logits) have pages of their own." : "It is what the network ends in.",
                    kind: .usage)
            }
            guard !places.contains(where: { $0.1 == name }) else { throw Problem("--layers names \(name) twice", kind: .usage) }
            places.append((node, name))
        }
        return try direction.layers(places.sorted { $0.0 < $1.0 }.map(\.1), of: network)
    }

    /// Fills in what is chosen among the units of `layers` and the classes of `network`.
    func record(in options: inout RunOptions, layers: [String], network: ImageNetwork, images: RealImages) throws {
        options.layers = layers
        options.units = units?.text ?? (network.isSmall ? "all" : "0-3")
        options.classes = classes?.text ?? Self.defaultClasses(network, images)
        options.concepts = concepts?.text ?? "none"
        options.heads = heads ? true : nil
        _ = try ConceptSelection(options.concepts, among: layers)
    }

    private static func defaultClasses(_ network: ImageNetwork, _ images: RealImages) -> String {
        !network.hasClasses ? "none" : network.classCount <= 100 ? "all" : presentClasses(images, atMost: 20) ?? "none"
    }

    /// The first classes that have images, as options name them; nil where none has.
    static func presentClasses(_ images: RealImages, atMost count: Int) -> String? {
        let present = Set(images.labels.compactMap { $0 }).sorted().prefix(count)
        return present.isEmpty ? nil : present.map(String.init).joined(separator: ",")
    }
}

extension ImageNetwork {
    /// True for images up to 64 pixels, for which everything can be made.
    var isSmall: Bool { max(input.size[0], input.size[1]) <= 64 }
}

extension UnitDirection: ExpressibleByArgument {}
