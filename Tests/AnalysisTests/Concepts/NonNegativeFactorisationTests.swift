import Tensors
import Testing

@testable import Analysis

struct NonNegativeFactorisationTests {
    private struct Golden: Decodable {
        struct Round: Decodable {
            var limit: Int
            var iterations: Int
            var coefficients: [Double]
            var basis: [Double]
            var relativeError: Double
        }
        var features: Int
        var components: Int
        var values: [Float]
        var coefficients: [Double]
        var basis: [Double]
        var rounds: [Round]
    }

    /// Round by round, and where it stops by itself.
    @Test func agreesWithScikitLearn() throws {
        let golden = try goldenFile("factorisation", as: Golden.self)
        for round in golden.rounds {
            let found = NonNegativeFactorisation(
                golden.values, features: golden.features, coefficients: golden.coefficients, basis: golden.basis, iterations: round.limit)
            #expect(found.iterations == round.iterations)
            #expect(zip(found.coefficients, round.coefficients).allSatisfy { abs($0 - $1) < 1e-8 }, "after \(round.limit)")
            let basis = (0..<golden.components).flatMap(found.direction)
            #expect(zip(basis, round.basis).allSatisfy { abs($0 - $1) < 1e-8 }, "after \(round.limit)")
            #expect(abs(found.relativeError(golden.values) - round.relativeError) < 1e-10)
        }
        #expect(golden.rounds.map(\.limit) == [1, 5, 200])
    }

    @Test func fromARandomBeginningPartsAreFoundAgain() {
        var random = RandomSource(seed: 2, stream: "parts")
        // Two parts that share no feature, mixed.
        let parts: [[Float]] = [[1, 2, 0, 0, 3], [0, 0, 4, 1, 0]]
        var values: [Float] = []
        for number in 0..<40 {
            // A few of one part alone: without them the parts are not determined.
            let mixture = [number % 10 == 0 ? 0 : random.uniform(), number % 10 == 5 ? 0 : random.uniform()]
            values += (0..<5).map { mixture[0] * parts[0][$0] + mixture[1] * parts[1][$0] }
        }
        func factors() -> NonNegativeFactorisation {
            NonNegativeFactorisation(values, features: 5, components: 2, random: RandomSource(seed: 9), iterations: 500, tolerance: 1e-9)
        }
        let found = factors()
        #expect(found.relativeError(values) < 1e-3)
        #expect(found.coefficients.allSatisfy { $0 >= 0 })
        for part in parts {
            let cosines = (0..<2).map { component -> Double in
                let direction = found.direction(component)
                func square(_ vector: [Double]) -> Double { vector.reduce(0) { $0 + $1 * $1 } }
                let exact = part.map(Double.init)
                return zip(direction, exact).reduce(0) { $0 + $1.0 * $1.1 } / (square(direction) * square(exact)).squareRoot()
            }
            #expect((cosines.max() ?? 0) > 0.999)
        }
        #expect(factors().coefficients == found.coefficients)
    }

    @Test func nothingIsExplainedByNothing() {
        let zeros = NonNegativeFactorisation(
            [Float](repeating: 0, count: 12), features: 3, components: 2, random: RandomSource(seed: 1))
        #expect(zeros.relativeError([Float](repeating: 0, count: 12)) == 0 && zeros.coefficients.allSatisfy { $0.isFinite })
    }
}
