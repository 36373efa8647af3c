import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Tensors

/// How a network sees pictures: the mean of every channel over all positions, in several of its layers.
///
/// Pictures are those that another network sees, or was made to see: one of another size is resized to this network's input, whole.
struct PictureEmbedding: Sendable {
    /// By layer, a value a channel.
    typealias Vector = [[Float]]

    let layers: [String]
    let plan: Plan
    private let preprocessing: Preprocessing

    /// In the layers that a report of the network shows, and in the one before its logits where it has classes.
    /// - Throws: a `Problem` where the network takes no pictures.
    init(_ network: ImageNetwork) throws {
        var layers = network.reported
        if network.hasClasses, let last = try? network.graph.penultimateLayer(logits: network.logits), !layers.contains(last) { layers.append(last) }
        try self.init(network, layers: layers)
    }

    /// In `layers`. Throws as the other does.
    init(_ network: ImageNetwork, layers: [String]) throws {
        self.layers = layers
        preprocessing = try Preprocessing(network.input).whole()
        plan = try Plan(
            network.graph,
            .init(batch: MicroBatch.size(for: network.input.shape), input: network.input.shape, activations: layers, threads: 1))
    }

    /// What the network makes of `pictures`, in order.
    func vectors(of pictures: [Picture], _ workspace: Workspace) throws -> [Vector] {
        var result: [Vector] = []
        try workspace.forEachBatch(of: pictures) { picture, target in
            preprocessing.tensorValues(of: preprocessing.picture(picture), into: target)
        } look: { part in
            var vectors = part.map { _ in Vector() }
            for layer in layers {
                let summary = LayerSummary(try workspace.activation(of: layer), images: part.count, shape: try plan.shape(of: layer))
                let means = summary.means
                for slot in vectors.indices { vectors[slot].append(Array(means[slot * summary.units..<(slot + 1) * summary.units])) }
            }
            result += vectors
        }
        return result
    }
}

/// What is usual among pictures, channel by channel: how alike two of them are is how alike they differ from that.
struct EmbeddingScale: Sendable {
    private let means: PictureEmbedding.Vector
    /// One by the standard deviation; 0 for channels that are the same in all pictures.
    private let factors: PictureEmbedding.Vector

    init(_ vectors: [PictureEmbedding.Vector]) {
        var means = PictureEmbedding.Vector(), factors = PictureEmbedding.Vector()
        let count = Double(max(1, vectors.count))
        for layer in vectors.first?.indices ?? 0..<0 {
            let channels = vectors[0][layer].indices
            let mean = channels.map { channel in vectors.reduce(0) { $0 + Double($1[layer][channel]) } / count }
            let variance = channels.map { channel in
                vectors.reduce(0) { $0 + (Double($1[layer][channel]) - mean[channel]) * (Double($1[layer][channel]) - mean[channel]) } / count
            }
            means.append(mean.map(Float.init))
            factors.append(zip(mean, variance).map { $1 > 1e-12 * ($0 * $0) && $1 > 0 ? Float(1 / $1.squareRoot()) : 0 })
        }
        self.means = means
        self.factors = factors
    }

    func scaled(_ vector: PictureEmbedding.Vector) -> PictureEmbedding.Vector {
        vector.indices.map { layer in
            vector[layer].indices.map { (vector[layer][$0] - means[layer][$0]) * factors[layer][$0] }
        }
    }

    /// The cosine of two scaled vectors, mean over layers, in [-1, 1].
    static func likeness(_ one: PictureEmbedding.Vector, _ other: PictureEmbedding.Vector) -> Float {
        guard !one.isEmpty else { return 0 }
        let cosines = zip(one, other).map { a, b -> Float in
            var dot: Float = 0, first: Float = 0, second: Float = 0
            for (x, y) in zip(a, b) {
                dot += x * y
                first += x * x
                second += y * y
            }
            let length = (first * second).squareRoot()
            return length > 0 ? dot / length : 0
        }
        return cosines.reduce(0, +) / Float(cosines.count)
    }

    static func mean(_ vectors: [PictureEmbedding.Vector]) -> PictureEmbedding.Vector {
        guard let first = vectors.first else { return [] }
        return first.indices.map { layer in
            first[layer].indices.map { channel in vectors.reduce(0) { $0 + $1[layer][channel] } / Float(vectors.count) }
        }
    }
}
