import Diagnostics
import Network
import Tensors

/// How far a batch's features are from the statistics that batch normalisation kept of the training images (Yin et al. 2020,
/// equation 4): the sum over all its layers of `|mean - running mean| + |variance - running variance|`, Euclidean norms over
/// channels, mean and variance (biased) of the layer's input over pictures and positions.
struct FeatureStatistics: Sendable {
    /// What feeds one or more batch normalisations.
    struct Layer: Sendable {
        /// The node whose output is normalised.
        var name: String
        var channels: Int
        /// Positions of the map.
        var area: Int
        var kept: [(mean: [Float], variance: [Float], weight: Double)]

        var blocks: Int { Layout.blocks(channels) }
        /// The distance in values between two pictures of a batch.
        var stride: Int { blocks * Layout.block * area }
    }

    /// In the order of execution.
    let layers: [Layer]

    /// The layers of `network`; the first counts `firstLayer` times. Throws a `Problem` when there are none.
    init(_ network: ImageNetwork, firstLayer: Float) throws {
        let graph = network.graph, shapes = try graph.shapes(input: network.input.shape)
        // What the logits do not depend on was not there in training either.
        let last = try graph.node(named: network.logits)
        var layers: [Layer] = [], places: [Int: Int] = [:]
        for node in graph.nodes[...last] {
            // The image itself is no feature map.
            guard let normalization = node.operation as? BatchNormalization, let kept = normalization.statistics,
                let source = node.inputs.first, source != 0
            else { continue }
            let entry = (kept.mean, kept.variance, layers.isEmpty ? Double(firstLayer) : 1)
            if let place = places[source] {
                layers[place].kept.append(entry)
            } else {
                places[source] = layers.count
                let shape = shapes[source]
                layers.append(
                    Layer(
                        name: graph.nodes[source].name, channels: shape[0], area: shape.dimensions.dropFirst().reduce(1, *), kept: [entry]))
            }
        }
        guard !layers.isEmpty else {
            throw Problem(
                "DeepInversion has nothing to go by in this network (\(network.displayName))",
                explanation: "It matches the running statistics of batch normalisation, and there are none: the network was built without, "
                    + "or its exporter folded them into convolutions.",
                remedy: "Leave \(Baseline.deepInversion.rawValue) out for this network, or use the checkpoint it was exported from.",
                kind: .usage)
        }
        self.layers = layers
    }

    /// Sums and sums of squares of each channel over the positions of `pictures` maps (blocked): channels, then channels.
    static func sums(_ map: UnsafePointer<Float>, pictures: Int, layer: Layer) -> [Double] {
        var result = [Double](repeating: 0, count: 2 * layer.channels)
        let chunk = 256
        for picture in 0..<pictures {
            for block in 0..<layer.blocks {
                let values = map + picture * layer.stride + block * layer.area * Layout.block
                for begin in stride(from: 0, to: layer.area, by: chunk) {
                    var sum = SIMD16<Float>.zero, square = SIMD16<Float>.zero
                    for position in begin..<min(begin + chunk, layer.area) {
                        let value = lanes(values + position * Layout.block)
                        sum += value
                        square += value * value
                    }
                    for lane in 0..<min(Layout.block, layer.channels - block * Layout.block) {
                        result[block * Layout.block + lane] += Double(sum[lane])
                        result[layer.channels + block * Layout.block + lane] += Double(square[lane])
                    }
                }
            }
        }
        return result
    }

    /// The loss at one layer and its derivative: at a value x of channel c it is `offset[c] + factor[c] * x`.
    struct Slope: Sendable {
        var loss = 0.0
        /// Filled up with zeros to whole blocks.
        var offset: [Float]
        var factor: [Float]
    }

    /// From `sums` over `pictures` maps.
    static func slope(_ sums: [Double], pictures: Int, layer: Layer) -> Slope {
        let count = Double(pictures * layer.area)
        let padded = layer.blocks * Layout.block
        var slope = Slope(offset: Array(repeating: 0, count: padded), factor: Array(repeating: 0, count: padded))
        let means = (0..<layer.channels).map { sums[$0] / count }
        let variances = (0..<layer.channels).map { max(0, sums[layer.channels + $0] / count - means[$0] * means[$0]) }
        func length(_ differences: [Double]) -> Double { differences.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        for kept in layer.kept {
            let meanDifferences = zip(means, kept.mean).map { $0 - Double($1) }
            let varianceDifferences = zip(variances, kept.variance).map { $0 - Double($1) }
            let (meanLength, varianceLength) = (length(meanDifferences), length(varianceDifferences))
            slope.loss += kept.weight * (meanLength + varianceLength)
            for channel in 0..<layer.channels {
                // A distance of zero has no direction.
                let ofMean = meanLength > 0 ? kept.weight * meanDifferences[channel] / (meanLength * count) : 0
                let ofVariance = varianceLength > 0 ? kept.weight * 2 * varianceDifferences[channel] / (varianceLength * count) : 0
                slope.offset[channel] += Float(ofMean - ofVariance * means[channel])
                slope.factor[channel] += Float(ofVariance)
            }
        }
        return slope
    }

    /// Writes, or adds, `weight` times the derivative at `pictures` maps to `seed`.
    static func seed(
        _ slope: Slope, weight: Float, _ map: UnsafePointer<Float>, pictures: Int, layer: Layer, into seed: UnsafeMutablePointer<Float>
    ) {
        for block in 0..<layer.blocks {
            let offset = weight * slope.offset.withUnsafeBufferPointer { lanes($0, block * Layout.block) }
            let factor = weight * slope.factor.withUnsafeBufferPointer { lanes($0, block * Layout.block) }
            for picture in 0..<pictures {
                let begin = picture * layer.stride + block * layer.area * Layout.block
                for position in 0..<layer.area {
                    let place = begin + position * Layout.block
                    UnsafeMutableRawPointer(seed + place).storeBytes(of: offset + factor * lanes(map + place), as: SIMD16<Float>.self)
                }
            }
        }
    }

    private static func lanes(_ values: UnsafePointer<Float>) -> SIMD16<Float> {
        UnsafeRawPointer(values).loadUnaligned(as: SIMD16<Float>.self)
    }

    private static func lanes(_ values: UnsafeBufferPointer<Float>, _ begin: Int) -> SIMD16<Float> {
        SIMD16(values[begin..<begin + 16])
    }
}
