import Tensors
import Testing

@testable import Analysis

struct DiverseChoiceTests {
    private static let features: [[Float]] = [[1, 0], [2, 0], [1, 1], [0, 3], [0, 0]]
    private static let scores: [Float] = [10, 9, 6, 5, 0]

    private static func chosen(_ diversity: Float, _ count: Int = 5) -> [Int] {
        DiverseChoice(diversity: diversity, scores: scores, features: features).chosen(count)
    }

    @Test func withoutDiversityTheBestAreTaken() { #expect(Self.chosen(0) == [0, 1, 2, 3, 4]) }

    /// By hand: after 0, the values at 0.5 are (0.9 - 1) / 2, (0.6 - 0.707) / 2, (0.5 - 0) / 2, 0; after 3, -0.05, -0.0535, 0.
    @Test func likeOnesArePassedOver() {
        #expect(Self.chosen(0.5) == [0, 3, 4, 1, 2])
        #expect(Self.chosen(0.5, 2) == [0, 3])
        // The best is first, whatever the diversity.
        #expect(Self.chosen(1, 3) == [0, 3, 4])
    }

    @Test func nothingToChooseBetween() {
        #expect(DiverseChoice(diversity: 0.5, scores: [], features: []).chosen(3) == [])
        #expect(DiverseChoice(diversity: 1, scores: [2, 2, 2], features: [[1], [1], [1]]).chosen(2) == [0, 1])
    }

    /// Against the definition, written down without a memory of what was compared.
    @Test func agreesWithItsDefinition() {
        var random = RandomSource(seed: 3, stream: "diverse")
        let features = (0..<20).map { _ in (0..<6).map { _ in random.normal() } }
        let scores = (0..<20).map { _ in random.uniform() }
        func cosine(_ a: [Float], _ b: [Float]) -> Double {
            func product(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
            return product(a, b) / (product(a, a) * product(b, b)).squareRoot()
        }
        let (low, high) = (Double(scores.min() ?? 0), Double(scores.max() ?? 0))
        for diversity: Float in [0.2, 0.7] {
            var taken: [Int] = []
            while taken.count < 12 {
                let values = scores.indices.map { index -> Double in
                    if taken.contains(index) { return -.infinity }
                    let score = (Double(scores[index]) - low) / (high - low)
                    let likeness = taken.map { cosine(features[index], features[$0]) }.max() ?? 0
                    return (1 - Double(diversity)) * score - Double(diversity) * likeness
                }
                taken.append(values.firstIndex(of: values.max() ?? 0) ?? 0)
            }
            #expect(DiverseChoice(diversity: diversity, scores: scores, features: features).chosen(12) == taken)
        }
    }
}
