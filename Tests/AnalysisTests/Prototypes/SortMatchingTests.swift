import Tensors
import Testing

@testable import Analysis

struct SortMatchingTests {
    private struct Golden: Decodable {
        var shape: [Int]
        var weight: Float
        var map: [Float]
        var references: [[Float]]
        var quantiles: [Float]
        var loss: Float
        var gradient: [Float]
    }

    @Test func agreesWithPyTorch() throws {
        let golden: Golden = try goldenFile("sort_matching")
        let shape = Shape(golden.shape)
        let matching = SortMatching(shape: shape)
        var quantiles = QuantileFunction(shape: shape)
        for reference in golden.references {
            try FeatureMaps(reference, images: 1, shape: shape).withBlocked { matching.add($0, to: &quantiles) }
        }
        #expect(quantiles.references == golden.references.count)
        for (found, expected) in zip(quantiles.values, golden.quantiles) { #expect(abs(found - expected) < 1e-6) }

        let map = try FeatureMaps(golden.map, images: 1, shape: shape)
        let gradient = try FeatureMaps([Float](repeating: 0, count: shape.count), images: 1, shape: shape)
        let loss = map.withBlocked { map in
            gradient.withBlocked { matching.loss(map, quantiles: quantiles.values, weight: golden.weight, gradient: $0) }
        }
        #expect(abs(loss - golden.loss) < 1e-6 * golden.loss)
        let again = map.withBlocked { matching.loss($0, quantiles: quantiles.values, gradient: nil) }
        #expect(again == loss)
        let plain = gradient.unpacked
        for (found, expected) in zip(plain, golden.gradient) { #expect(abs(found - expected) < 1e-7) }
        #expect(plain.count == golden.gradient.count && plain.contains { $0 != 0 })
    }

    /// `L = mean over channels and positions of (z_i - m[rank(z_i)])^2`, word for word.
    @Test(arguments: [[3, 1, 1], [16, 4, 4], [24, 7, 5], [5, 40, 40]])
    func agreesWithLoops(_ extents: [Int]) throws {
        let shape = Shape(extents)
        let (channels, area) = (shape[0], shape[1] * shape[2])
        let references = try (0..<3).map { try FeatureMaps.random(images: 1, shape: shape, stream: "reference \($0)") }
        let map = try FeatureMaps.random(images: 1, shape: shape, stream: "map")
        let matching = SortMatching(shape: shape)
        var quantiles = QuantileFunction(shape: shape)
        for reference in references { reference.withBlocked { matching.add($0, to: &quantiles) } }
        let gradient = try FeatureMaps([Float](repeating: 0, count: shape.count), images: 1, shape: shape)
        let loss = map.withBlocked { map in
            gradient.withBlocked { matching.loss(map, quantiles: quantiles.values, weight: 2, gradient: $0) }
        }

        var total = 0.0
        var slopes: [Double] = []
        for channel in 0..<channels {
            let sorted = references.map { $0.channel(channel).sorted() }
            let m = (0..<area).map { rank in sorted.reduce(0.0) { $0 + Double($1[rank]) } / 3 }
            let z = map.channel(channel)
            for position in 0..<area {
                let rank = (0..<area).count { (z[$0], $0) < (z[position], position) }
                let difference = Double(z[position]) - m[rank]
                total += difference * difference
                slopes.append(2 * 2 * difference / Double(shape.count))
            }
        }
        #expect(abs(Double(loss) - total / Double(shape.count)) < 1e-5 * Double(loss))
        for (found, expected) in zip(gradient.unpacked, slopes) { #expect(abs(Double(found) - expected) < 1e-6 / Double(area).squareRoot()) }
    }

    @Test func aMapMatchesItsOwnDistributionWhereverItsValuesStand() throws {
        let shape: Shape = [3, 4, 4]
        let map = try FeatureMaps.random(images: 1, shape: shape, stream: "own")
        let shuffled = try FeatureMaps((0..<3).flatMap { map.channel($0).reversed() }, images: 1, shape: shape)
        let matching = SortMatching(shape: shape)
        var quantiles = QuantileFunction(shape: shape)
        map.withBlocked { matching.add($0, to: &quantiles) }
        let loss = shuffled.withBlocked { matching.loss($0, quantiles: quantiles.values, gradient: nil) }
        #expect(loss == 0)
    }

    @Test func quantilesAscend() throws {
        let shape: Shape = [4, 5, 6]
        let sorter = MapSorter(shape: shape)
        var quantiles = QuantileFunction(shape: shape)
        for number in 0..<5 {
            try FeatureMaps.random(images: 1, shape: shape, stream: "\(number)").withBlocked {
                quantiles.add($0, sorter: sorter)
            }
        }
        for channel in 0..<4 {
            let row = quantiles.values[channel * 30..<(channel + 1) * 30]
            #expect(zip(row, row.dropFirst()).allSatisfy { $0 <= $1 } && row.first != row.last)
        }
        #expect(QuantileFunction(shape: shape).values.allSatisfy { $0 == 0 })
    }
}
