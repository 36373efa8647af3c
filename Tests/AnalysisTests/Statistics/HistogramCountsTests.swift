import Foundation
import Run
import Tensors
import Testing

@testable import Analysis

struct HistogramCountsTests {
    /// The bin of a magnitude by its definition: the largest `k` with `2^(k/4) <= magnitude`, within the range.
    private static func bin(_ magnitude: Float) -> Int {
        var k = Histogram.range.upperBound
        while k > Histogram.range.lowerBound, Foundation.pow(2, Double(k) / 4) > Double(magnitude) { k -= 1 }
        return k
    }

    private static func histogram(_ values: [Float]) -> Histogram {
        var counts = HistogramCounts(units: 3)
        for value in values { counts.add(value, unit: 1) }
        #expect(counts.histogram(of: 0) == Histogram() && counts.histogram(of: 2) == Histogram())
        return counts.histogram(of: 1)
    }

    @Test func everyEdgeIsExact() {
        for k in Histogram.range {
            let edge = Float(Foundation.pow(2, Double(k) / 4))
            for value in [edge.nextDown.nextDown, edge.nextDown, edge, edge.nextUp, edge.nextUp.nextUp] {
                #expect(Self.histogram([value]) == Histogram(positive: [Self.bin(value): 1]), "\(value) at edge \(k)")
                #expect(Self.histogram([-value]) == Histogram(negative: [Self.bin(value): 1]), "-\(value) at edge \(k)")
            }
        }
    }

    @Test func whatLiesBeyondIsKeptAtTheEnds() {
        #expect(Self.histogram([1e-30, 1e-45, 1e30]) == Histogram(positive: [-80: 2, 79: 1]))
        #expect(Self.histogram([-1e-30, -1e30]) == Histogram(negative: [-80: 1, 79: 1]))
        #expect(Self.histogram([0, -0.0]) == Histogram(zero: 2))
    }

    @Test func countsAgreeWithLoops() {
        var random = RandomSource(seed: 1, stream: "histogram")
        let values = (0..<2000).map { _ in max(-1, random.normal() * 3) }
        var expected = Histogram()
        for value in values {
            if value == 0 { expected.zero += 1 }
            if value > 0 { expected.positive[Self.bin(value), default: 0] += 1 }
            if value < 0 { expected.negative[Self.bin(-value), default: 0] += 1 }
        }
        #expect(Self.histogram(values) == expected && expected.count == 2000)
    }

    @Test func countsComeBackFromTheirNumbers() {
        var counts = HistogramCounts(units: 2)
        counts.add(1.5, unit: 1)
        #expect(HistogramCounts(counts: counts.counts, units: 2)?.histogram(of: 1) == counts.histogram(of: 1))
        #expect(HistogramCounts(counts: counts.counts, units: 3) == nil)
    }

    @Test func theShareBelowAValueIsThatOfTheNumbersUpToABin() throws {
        var random = RandomSource(seed: 2, stream: "share")
        let values: [Float] = (0..<4000).map { $0 % 4 == 0 ? 0 : random.normal() }
        let histogram = Self.histogram(values)
        var last: Float = 0
        for value in stride(from: Float(-3), through: 3, by: 0.25) {
            let share = try #require(histogram.share(below: value))
            let exact = Float(values.count { $0 < value }) / 4000
            // A bin is a quarter octave wide and holds few percent; within it values are spread evenly.
            #expect(abs(share - exact) < 0.02, "\(value): \(share) for \(exact)")
            #expect(share >= last)
            last = share
        }
        #expect(histogram.share(below: 100) == 1 && histogram.share(below: -100) == 0)
        #expect(Histogram().share(below: 1) == nil)
    }
}
