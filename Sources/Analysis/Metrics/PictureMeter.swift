import Dataset
import Foundation
import Images
import Network
import Tensors

/// What a network makes of finished pictures: its logits, and its features before them.
///
/// Pictures are those that another network sees, or was made to see: one of another size is resized to this network's input, whole.
struct PictureMeter: Sendable {
    let network: ImageNetwork
    /// The penultimate layer; its features are averaged over positions.
    let layer: String
    let featureCount: Int
    private let threads: Int
    private let preprocessing: Preprocessing
    private let plan: Plan

    struct Reading: Sendable {
        var logits: [Float]
        var features: [Float]
        var surface: PictureSurface

        /// The class with the largest logit, the first of equals.
        var predicted: Int { logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 } }

        /// What the network gives class `index`, in [0, 1]: the softmax of its logits.
        func probability(of index: Int) -> Float {
            let largest = logits.max() ?? 0
            return exp(logits[index] - largest) / logits.reduce(0) { $0 + exp($1 - largest) }
        }
    }

    init(_ network: ImageNetwork, threads: Int) throws {
        self.network = network
        self.threads = threads
        layer = try network.graph.penultimateLayer(logits: network.logits)
        let input = network.input
        preprocessing = try Preprocessing(input).whole()
        // Measured in float32 and in the same way wherever it runs.
        plan = try Plan(
            network.graph,
            .init(batch: MicroBatch.size(for: input.shape), input: input.shape, activations: [layer, network.logits], threads: 1))
        featureCount = try plan.shape(of: layer)[0]
    }

    /// Reads `count` pictures and hands on what the network makes of each, in order; nil for one that cannot be read.
    func read(
        _ count: Int, picture: @escaping @Sendable (Int) throws -> Picture,
        deliver: @escaping @Sendable (Int, Reading?) throws -> Void
    ) throws {
        let (plan, preprocessing, layer, logits) = (plan, preprocessing, layer, network.logits)
        let input = plan.request.input
        let reader = ImageReader { preprocessing.picture(try picture($0)) }
        try reader.forEachBatch(of: 0..<count, size: plan.request.batch, threads: threads) {
            try Workspace(plan)
        } look: { workspace, batch -> [Reading?] in
            batch.write(preprocessing, into: workspace.input)
            try workspace.forward()
            let features = LayerSummary(
                try workspace.activation(of: layer), images: batch.count, shape: try plan.shape(of: layer))
            let classes = LayerSummary(
                try workspace.activation(of: logits), images: batch.count, shape: try plan.shape(of: logits))
            let means = features.means
            return batch.pictures.enumerated().map { slot, picture in
                picture.map {
                    Reading(
                        logits: Array(classes.maximum[slot * classes.units..<(slot + 1) * classes.units]),
                        features: Array(means[slot * features.units..<(slot + 1) * features.units]),
                        surface: PictureSurface($0, values: workspace.input + slot * input.count, channels: input[0]))
                }
            }
        } deliver: { batch, readings in
            for (place, reading) in zip(batch.numbers, readings) { try deliver(place, reading) }
        }
    }
}
