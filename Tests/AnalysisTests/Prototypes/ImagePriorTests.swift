import Tensors
import Testing

@testable import Analysis

struct ImagePriorTests {
    private struct Golden: Decodable {
        var size: [Int]
        var picture: [Float]
        var totalVariation: Float
        var norm: Float
        var gradientOfTotalVariation: [Float]
        var gradientOfNorm: [Float]
    }

    @Test func isThatOfPyTorch() throws {
        let golden: Golden = try goldenFile("image_prior")
        for (variation, norm) in [(1, 0), (0, 1), (0.25, 3)] as [(Float, Float)] {
            let prior = ImagePrior(totalVariation: variation, norm: norm)
            let expected = variation * golden.totalVariation + norm * golden.norm
            #expect(abs(prior.value(at: golden.picture, size: golden.size) - expected) < 1e-5 * expected)
            var gradient = [Float](repeating: 0.5, count: golden.picture.count)
            prior.addGradient(at: golden.picture, size: golden.size, to: &gradient)
            for i in gradient.indices {
                let slope = variation * golden.gradientOfTotalVariation[i] + norm * golden.gradientOfNorm[i]
                #expect(abs(gradient[i] - 0.5 - slope) < 1e-6 * (1 + variation + norm), "value \(i)")
            }
        }
    }

    /// Sizes at which some of the neighbours do not exist among them.
    @Test(arguments: [[7, 6], [1, 5], [4, 1], [1, 1]])
    func theGradientIsTheDifferenceQuotient(size: [Int]) {
        let prior = ImagePrior(totalVariation: 0.7, norm: 0.4)
        var random = RandomSource(seed: 4, stream: "prior")
        var picture = (0..<3 * size[0] * size[1]).map { _ in random.normal() }
        var gradient = [Float](repeating: 0, count: picture.count)
        prior.addGradient(at: picture, size: size, to: &gradient)
        for i in picture.indices {
            let (value, step): (Float, Float) = (picture[i], 0.01)
            picture[i] = value + step
            let above = prior.value(at: picture, size: size)
            picture[i] = value - step
            let below = prior.value(at: picture, size: size)
            picture[i] = value
            #expect(abs((above - below) / (2 * step) - gradient[i]) < 2e-3, "value \(i)")
        }
    }

    @Test func anEvenPictureHasNoSlopeAndNothingIsDividedByZero() {
        let size = [4, 4]
        let picture = [Float](repeating: 0, count: 48)
        var gradient = [Float](repeating: 0, count: 48)
        let prior = ImagePrior(totalVariation: 1, norm: 1)
        prior.addGradient(at: picture, size: size, to: &gradient)
        #expect(prior.value(at: picture, size: size) == 0 && gradient.allSatisfy { $0 == 0 })
    }
}
