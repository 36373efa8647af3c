public import Dataset
public import Diagnostics
import Foundation
public import Network
public import Run
public import Tensors

/// The sweep as numbers for other tools: what each unit of some layers did on each image, its largest and its mean activation over the
/// map, as a safetensors file.
///
/// It holds `maximum/<layer>` and `mean/<layer>`, images x units in float32. Images that cannot be read have no row. The file's metadata
/// say what the rows are, in JSON: `images` are their paths, `labels` the numbers of their classes (null where unknown), `skipped` the
/// paths and reasons of those left out, `layers` the names of the layers.
public struct ActivationTable: Sendable {
    private let network: ImageNetwork
    private let images: RealImages
    private let layers: [String]
    private let threads: Int
    private let precision: Precision

    /// - Parameter layers: names of nodes of the network's graph.
    public init(network: ImageNetwork, images: RealImages, layers: [String], threads: Int, precision: Precision = .float32) {
        self.network = network
        self.images = images
        self.layers = layers
        self.threads = threads
        self.precision = precision
    }

    /// The numbers of rows and of columns, and what was left out.
    public struct Result: Sendable {
        public var images: Int
        public var units: [Int]
        public var skipped: [ImageSetDescription.Skipped]
    }

    private struct Item: Encodable {
        var path: String
        var reason: String
    }

    /// Writes the file at `path`, whole or not at all. Memory grows with the size of a batch and the names of the images only.
    ///
    /// - Parameter metadata: further notes for the file.
    /// - Throws: `Problem` when a layer is not there, no image can be read, or the file cannot be written.
    public func write(to path: String, metadata: [String: String] = [:], progress: any ProgressReport) throws -> Result {
        let size = MicroBatch.size(for: network.input.shape)
        let plan = try Plan(
            network.graph, .init(batch: size, input: network.input.shape, activations: layers, threads: 1, precision: precision))
        let widths = try layers.map { try plan.shape(of: $0)[0] }
        let file = try SafetensorsRows(
            zip(layers, widths).flatMap { [(name: "maximum/\($0)", width: $1), (name: "mean/\($0)", width: $1)] }, to: path)
        let taken = Taken(file)
        progress.begin("Looking at images", total: images.count, done: 0)
        let (preprocessing, layers, images) = (images.preprocessing, layers, images)
        try ImageReader(images).forEachBatch(of: 0..<images.count, size: size, threads: threads) {
            try Workspace(plan)
        } look: { workspace, batch in
            batch.write(preprocessing, into: workspace.input)
            try workspace.forward()
            return try layers.map { LayerSummary(try workspace.activation(of: $0), images: batch.count, shape: try plan.shape(of: $0)) }
        } deliver: { batch, summaries in
            for slot in 0..<batch.count { try taken.add(summaries, slot: slot, image: batch.numbers[slot], failure: batch.failures[slot], of: images) }
            progress.update((batch.numbers.last ?? 0) + 1)
        }
        progress.end()
        guard !taken.numbers.isEmpty else { throw images.noneLeft(taken.skipped) }
        var notes = metadata
        notes["layers"] = try Self.json(layers)
        notes["images"] = try Self.json(taken.numbers.map { images.folder.items[$0].relativePath })
        notes["labels"] = try Self.json(taken.numbers.map { images.labels[$0] })
        notes["skipped"] = try Self.json(taken.skipped.map { Item(path: $0.path, reason: $0.reason) })
        try file.finish(metadata: notes)
        return Result(images: taken.numbers.count, units: widths, skipped: taken.skipped)
    }

    /// What has come; batches are delivered one at a time.
    private final class Taken: @unchecked Sendable {
        private let file: SafetensorsRows
        private(set) var numbers: [Int] = []
        private(set) var skipped: [ImageSetDescription.Skipped] = []

        init(_ file: SafetensorsRows) { self.file = file }

        func add(_ summaries: [LayerSummary], slot: Int, image: Int, failure: Problem?, of images: RealImages) throws {
            if let failure { return skipped.append(images.skipped(image, failure)) }
            try file.append(
                summaries.flatMap { summary -> [[Float]] in
                    let range = slot * summary.units..<(slot + 1) * summary.units
                    return [Array(summary.maximum[range]), summary.sum[range].map { Float($0 / Double(summary.area)) }]
                })
            numbers.append(image)
        }
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
