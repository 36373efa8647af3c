import Dataset
import Diagnostics
import Foundation
import Network
import Run
import Tensors

/// What the templates of a layer add where they are matched: the columns of the 1 x 1 convolution behind the matches, without its gain
/// and alpha, which are the same for all.
struct SemanticVectors: Sendable {
    let count: Int
    let channels: Int
    /// Count x channels.
    let values: [Float]

    /// Of a layer of the network; nil where its semantics are no such convolution, or hold values that are not finite.
    init?(_ templates: TemplateDescription, in network: ImageNetwork) {
        guard let node = network.graph.index[templates.semantics],
            let operation = network.graph.nodes[node].operation as? CosineConvolution, operation.kernels.shape[1] == templates.count
        else { return nil }
        let plain = CosineConvolution(kernels: operation.kernels, gain: operation.gain.map { _ in 1 })
        self.init(columns: plain.convolution.weights.values, count: templates.count)
    }

    /// The columns of `matrix`, channels x count, row-major; nil where it holds values that are not finite.
    init?(columns matrix: [Float], count: Int) {
        guard count > 0, matrix.allSatisfy(\.isFinite) else { return nil }
        self.count = count
        channels = matrix.count / count
        var values = [Float](repeating: 0, count: matrix.count)
        for channel in 0..<channels {
            for template in 0..<count { values[template * channels + channel] = matrix[channel * count + template] }
        }
        self.values = values
    }

    func vector(_ index: Int) -> ArraySlice<Float> { values[index * channels..<(index + 1) * channels] }

    // MARK: Neighbours

    /// Of each of `templates`, the templates with the largest cosine, largest first, itself left out; of equals the lower number.
    /// A vector of zeros has no neighbours and is none.
    func neighbours(of templates: [Int], atMost limit: Int, threads: Int) throws -> [[TemplateLayer.Neighbour]] {
        var unit = values
        var isZero = [Bool](repeating: false, count: count)
        for template in 0..<count {
            let length = vector(template).reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            isZero[template] = length == 0
            for place in template * channels..<(template + 1) * channels where length > 0 { unit[place] = Float(Double(unit[place]) / length) }
        }
        nonisolated(unsafe) var result = [[TemplateLayer.Neighbour]](repeating: [], count: templates.count)
        let (directions, isEmpty, count, channels) = (unit, isZero, count, channels)
        try OrderedWork.run(0..<templates.count, threads: threads) {
        } piece: { _, place -> [TemplateLayer.Neighbour] in
            let own = templates[place]
            guard !isEmpty[own] else { return [] }
            return directions.withUnsafeBytes { directions in
                var cosines = [Float](repeating: -.infinity, count: count)
                for other in 0..<count where other != own && !isEmpty[other] {
                    cosines[other] = Self.product(directions, own * channels, other * channels, channels)
                }
                return Sweep.best(limit, of: cosines).filter { cosines[$0] > -.infinity }
                    .map { TemplateLayer.Neighbour(template: $0, cosine: min(1, max(-1, cosines[$0]))) }
            }
        } deliver: { place, list in
            result[place] = list
        }
        return result
    }

    private static func product(_ values: UnsafeRawBufferPointer, _ first: Int, _ second: Int, _ count: Int) -> Float {
        var sums = SIMD8<Float>.zero
        let whole = count / 8 * 8
        for place in stride(from: 0, to: whole, by: 8) {
            sums += values.loadUnaligned(fromByteOffset: (first + place) * 4, as: SIMD8<Float>.self)
                * values.loadUnaligned(fromByteOffset: (second + place) * 4, as: SIMD8<Float>.self)
        }
        var sum = sums.sum()
        for place in whole..<count {
            sum += values.loadUnaligned(fromByteOffset: (first + place) * 4, as: Float.self)
                * values.loadUnaligned(fromByteOffset: (second + place) * 4, as: Float.self)
        }
        return sum
    }

    // MARK: Principal axes

    /// The vectors' places along the two axes of largest variance, count x 2, and the shares of the variance that lie along them. The
    /// largest component of an axis is positive. Nil with fewer than three vectors, fewer than two channels, or no variance.
    func principalComponents() throws -> (places: [Float], shares: [Float])? {
        guard count >= 3, channels >= 2, channels <= 4096 else { return nil }
        var mean = [Double](repeating: 0, count: channels)
        for template in 0..<count {
            for (channel, value) in vector(template).enumerated() { mean[channel] += Double(value) / Double(count) }
        }
        var covariance = [Double](repeating: 0, count: channels * channels)
        var centred = [Double](repeating: 0, count: channels)
        for template in 0..<count {
            for (channel, value) in vector(template).enumerated() { centred[channel] = Double(value) - mean[channel] }
            for row in 0..<channels {
                let factor = centred[row]
                for column in 0...row { covariance[row * channels + column] += factor * centred[column] }
            }
        }
        for row in 0..<channels {
            for column in 0..<row { covariance[column * channels + row] = covariance[row * channels + column] }
        }
        let decomposition = try SymmetricEigendecomposition(of: covariance, order: channels)
        let total = decomposition.values.reduce(0) { $0 + max(0, $1) }
        guard total > 0 else { return nil }
        let axes = (1...2).map { rank -> [Double] in
            let axis = Array(decomposition.vectors[(channels - rank) * channels..<(channels - rank + 1) * channels])
            let largest = axis.max { abs($0) < abs($1) } ?? 1
            return largest < 0 ? axis.map { -$0 } : axis
        }
        var places: [Float] = []
        places.reserveCapacity(2 * count)
        for template in 0..<count {
            for axis in axes {
                var place = 0.0
                for (channel, value) in vector(template).enumerated() { place += axis[channel] * (Double(value) - mean[channel]) }
                places.append(Float(place))
            }
        }
        return (places, (1...2).map { Float(max(0, decomposition.values[channels - $0]) / total) })
    }
}
