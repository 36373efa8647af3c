import ArgumentParser
import Diagnostics
import Foundation
import Network
import Run

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Describes a checkpoint: its architecture, preprocessing and layers.")

    @OptionGroup var source: CheckpointOptions
    @OptionGroup var directions: DirectionOptions
    @OptionGroup var configuration: ConfigurationOption
    @Flag(help: "JSON on standard output.") var json = false

    /// The network's description, and beside its fields what a report can show of it.
    private struct Output: Encodable {
        var network: NetworkDescription
        var offers: Offers
        var graph: GraphListing

        private enum CodingKeys: CodingKey { case graph }

        struct Offers: Encodable {
            /// Layers with units to report.
            var reportable: [String]
            var reportedByDefault: [String]
            /// Layers that class prototypes are matched at, with weights.
            var matched: [String: Float]
            /// What the outputs are: classes, labels, score, embedding or none.
            var head: String
            /// How the head was read, in words.
            var headSummary: String
            /// What stands in the network to match templates.
            var templates: [TemplateDescription]
            /// Directions that were put into it.
            var directions: String?
            /// Where knowledge distillation layers would stand, and what a student is taught from where this network is the teacher.
            var distillation: DistillationPlaces
            /// Architectures with the same tensors, to be named if the checkpoint is of one of them.
            var alternatives: [String]
            var unusedTensors: [String]
            /// What was chosen, left out or assumed while it was read.
            var remarks: [String]
            var nonFiniteTensors: [String]
        }

        func encode(to encoder: any Encoder) throws {
            try network.encode(to: encoder)
            try offers.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(graph, forKey: .graph)
        }
    }

    func run() throws {
        let (checkpoint, plain) = try source.load()
        let (network, found) = try directions.insert(into: plain)
        let file = try NetworkDescription.Checkpoint(checkpoint)
        let description = try NetworkDescription(network, checkpoint: file, reported: network.reported)
        let spatial = description.layers.filter { $0.name != network.logits }.map(\.name)
        let listing = try GraphListing(network)
        let places = try network.distillationPlaces()
        if json {
            try JSONOutput.print(
                Output(
                    network: description,
                    offers: .init(
                        reportable: spatial, reportedByDefault: network.reported,
                        matched: Dictionary(uniqueKeysWithValues: network.matched.map { ($0.layer, $0.weight) }),
                        head: network.head.kind.rawValue, headSummary: network.head.summary,
                        templates: network.templates, directions: found?.summary, distillation: places, alternatives: network.alternatives, unusedTensors: network.unusedTensors,
                        remarks: network.remarks + (found?.remarks ?? []), nonFiniteTensors: network.nonFiniteTensors),
                    graph: listing))
            return
        }
        var lines: [String] = []
        let preprocessing = description.preprocessing
        lines.append("\(description.displayName) (\(description.architecture)), \(description.parameters) parameters, \(description.classCount) classes")
        lines.append("Head: \(network.head.summary)")
        lines.append("Checkpoint: \(file.fileName), \(file.format), \(file.bytes) bytes, sha256 \(file.sha256)")
        let nesting = checkpoint.nesting.joined(separator: " / ")
        if !nesting.isEmpty || !checkpoint.prefix.isEmpty {
            lines.append("Tensors under: \(nesting.isEmpty ? "the top level" : nesting)\(checkpoint.prefix.isEmpty ? "" : ", prefix \(checkpoint.prefix)")")
        }
        if let name = checkpoint.moduleClass { lines.append("Read from a whole module of class \(name), as data: its code was not run") }
        for (formula, count) in checkpoint.formulas { lines.append("Computed: \(count) tensors as \(formula)") }
        lines.append("Preprocessing: \(preprocessing.words)")
        lines.append("Known from: \(preprocessing.origins.map { "\($0.source) (\($0.parts.joined(separator: ", ")))" }.joined(separator: ", "))")
        if let names = network.classNames {
            lines.append("Class names: \(names.source), the first \(names.names.prefix(3).joined(separator: ", "))")
        }
        for remark in network.remarks { lines.append("\(remark).") }
        for each in network.templates { lines.append("Templates: \(each.summary)") }
        lines.append("Distillation layers: \(Self.words(of: places))")
        for tensor in network.nonFiniteTensors { lines.append("Warning: \(tensor) holds NaN or infinity") }
        if let remark = network.alternativesRemark { lines.append(remark) }
        if let unused = network.unusedSummary { lines.append("Not used: \(unused)") }
        let total = listing.total
        lines.append(
            "Cost of one image: \(GraphListing.amount(total.flops))FLOP (a multiplication and an addition are two), \(GraphListing.amount(total.parameterBytes))B of parameters, \(GraphListing.amount(total.activationBytes))B of outputs, the largest \(GraphListing.amount(total.largestActivationBytes))B"
        )
        lines.append("\nLayers (* reported by default, + matched by prototypes, = classes; every layer but image and classes can be reported):")
        lines += listing.lines
        try StandardOutput.print(lines.joined(separator: "\n"))
    }

    private static func words(of places: DistillationPlaces) -> String {
        let found = [("words behind", places.words), ("sub-classes behind", places.subClasses)].compactMap { what, place in
            place.map { "\(what) \($0.summary)" }
        }
        if !found.isEmpty { return found.joined(separator: ", ") }
        guard !places.candidates.isEmpty else { return "none, as its layers have no maps" }
        let reason = places.reason.map { "; \($0.dropLast())" } ?? ""
        return "where is to be said, for instance \(places.candidates.map(\.summary).joined(separator: ", "))\(reason)"
    }
}

extension NetworkDescription.Checkpoint {
    /// The file that `checkpoint` was read from.
    init(_ checkpoint: Checkpoint) throws {
        // A snapshot in the Hub's cache has nothing but links.
        let file = URL(fileURLWithPath: checkpoint.path).resolvingSymlinksInPath().path
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        self.init(
            fileName: URL(fileURLWithPath: checkpoint.path).lastPathComponent, bytes: attributes[.size] as? Int ?? 0,
            sha256: try Self.hash(checkpoint), format: checkpoint.format)
    }

    /// The file's SHA-256. Where tensors stand in files beside it, that of the list that `sha256sum` prints for it and them, by the
    /// names by which the model calls them.
    private static func hash(_ checkpoint: Network.Checkpoint) throws -> String {
        let own = try FileHash.sha256(path: checkpoint.path)
        guard !checkpoint.companions.isEmpty else { return own }
        let place = URL(fileURLWithPath: checkpoint.path)
        var lines = "\(own)  \(place.lastPathComponent)\n"
        for companion in checkpoint.companions {
            lines += "\(try FileHash.sha256(path: place.deletingLastPathComponent().appendingPathComponent(companion).path))  \(companion)\n"
        }
        return FileHash.sha256(Array(lines.utf8))
    }
}
