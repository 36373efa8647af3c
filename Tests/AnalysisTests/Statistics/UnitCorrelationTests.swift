import Diagnostics
import Foundation
import Run
import Tensors
import Testing

@testable import Analysis

struct UnitCorrelationTests {
    private static let units = 21, area = 6

    /// Images x units of means over six positions, some of them dependent: unit 3 is twice unit 1, unit 4 its negative, unit 5 is constant.
    private static func activations(_ images: Int) -> [[Float]] {
        var random = RandomSource(seed: 3, stream: "activations")
        return (0..<images).map { image in
            var values = (0..<units * area).map { _ in random.normal() + 3 }
            for place in 0..<area {
                values[3 * area + place] = 2 * values[area + place] + 1
                values[4 * area + place] = -values[area + place]
                values[5 * area + place] = 0.1
                values[6 * area + place] = 0
            }
            return values
        }
    }

    private static func summary(_ images: [[Float]]) -> LayerSummary {
        let blocks = Layout.blocks(units)
        var map = [Float](repeating: 0, count: images.count * blocks * area * 16)
        for (image, values) in images.enumerated() {
            for unit in 0..<units {
                for place in 0..<area {
                    map[((image * blocks + unit / 16) * area + place) * 16 + unit % 16] = values[unit * area + place]
                }
            }
        }
        return LayerSummary(map, images: images.count, shape: [units, 2, 3])
    }

    /// Pearson's r by its definition, in two passes.
    private static func pearson(_ x: [Double], _ y: [Double]) -> Double {
        let (mx, my) = (x.reduce(0, +) / Double(x.count), y.reduce(0, +) / Double(y.count))
        let products = zip(x, y).reduce(0.0) { $0 + ($1.0 - mx) * ($1.1 - my) }
        let squares = x.reduce(0.0) { $0 + ($1 - mx) * ($1 - mx) } * y.reduce(0.0) { $0 + ($1 - my) * ($1 - my) }
        return products / squares.squareRoot()
    }

    @Test func correlationsAreThoseOfTheDefinition() {
        let images = Self.activations(50)
        var correlation = UnitCorrelation(units: Self.units)
        for begin in stride(from: 0, to: 50, by: 8) {
            let part = Array(images[begin..<min(50, begin + 8)])
            correlation.add(Self.summary(part), slots: Array(part.indices))
        }
        let matrix = correlation.matrix()
        let means = (0..<Self.units).map { unit in
            images.map { $0[unit * Self.area..<(unit + 1) * Self.area].reduce(0.0) { $0 + Double($1) } / Double(Self.area) }
        }
        for first in 0..<Self.units {
            for second in 0..<Self.units {
                let found = matrix[first * Self.units + second]
                if [first, second].contains(where: { $0 == 5 || $0 == 6 }) {
                    #expect(found.isNaN, "a constant unit goes with none")
                } else {
                    #expect(abs(Double(found) - (first == second ? 1 : Self.pearson(means[first], means[second]))) < 2e-6)
                }
            }
        }
        let document = SimilarUnits(layer: "layer", correlation).document(seed: 1)
        #expect(document.units[1].similar[0].unit == 3 && document.units[1].similar[0].correlation > 0.9999)
        #expect(document.units[1].opposite[0].unit == 4 && document.units[1].opposite[0].correlation < -0.9999)
        #expect(document.redundant.count == 1 && document.redundant.pairs.map(\.units) == [[1, 3]])
        #expect(document.units[5].similar.isEmpty && document.units[5].opposite.isEmpty && document.units[5].place == nil)
        #expect(document.units[1].similar.count == SimilarUnits.named)
        // On the map, too, nobody is nearer to unit 1 than unit 3, and the same seed draws the same map.
        func distance(_ a: Int, _ b: Int) -> Float {
            guard let a = document.units[a].place, let b = document.units[b].place else { return .infinity }
            return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])
        }
        let nearest = (0..<Self.units).filter { $0 != 1 }.min { distance(1, $0) < distance(1, $1) }
        #expect(nearest == 3)
        #expect(SimilarUnits(layer: "layer", correlation).document(seed: 1) .units == document.units)
    }

    @Test func correlationsOfPartsAreThoseOfTheWhole() {
        let images = Self.activations(40)
        func correlation(_ range: Range<Int>) -> UnitCorrelation {
            var correlation = UnitCorrelation(units: Self.units)
            correlation.add(Self.summary(Array(images[range])), slots: Array(0..<range.count))
            return correlation
        }
        let whole = correlation(0..<40).matrix()
        var joined = UnitCorrelation(units: Self.units)
        for range in [0..<0, 0..<1, 1..<17, 17..<17, 17..<40] { joined.append(correlation(range)) }
        #expect(joined.images == 40)
        // A unit that is constant stays one, though every part has a mean of its own.
        #expect(zip(joined.matrix(), whole).allSatisfy { ($0.isNaN && $1.isNaN) || abs($0 - $1) < 1e-6 })
    }

    @Test func imagesThatWereNotReadDoNotCount() {
        let images = Self.activations(9)
        var all = UnitCorrelation(units: Self.units), part = all
        all.add(Self.summary(Array(images[1...])), slots: Array(0..<8))
        part.add(Self.summary(images), slots: Array(1..<9))
        #expect(part.images == 8)
        #expect(zip(all.matrix(), part.matrix()).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    }

    @Test func aLayerThatIsTooLargeHasNone() {
        #expect(UnitCorrelation(units: UnitCorrelation.most + 1).isEmpty)
        #expect(!UnitCorrelation(units: 4).isEmpty && UnitCorrelation(units: 4).matrix().allSatisfy(\.isNaN))
    }
}
