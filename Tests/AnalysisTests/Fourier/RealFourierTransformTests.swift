import Tensors
import Testing

@testable import Analysis

struct RealFourierTransformTests {
    private struct Case: Decodable {
        var size: [Int]
        var picture: [Float]
        var forward: [Float]
        var spectrum: [Float]
        var inverse: [Float]
        var frequencies: [Float]
    }

    private func isClose(_ a: [Float], _ b: [Float], _ tolerance: Float) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < tolerance }
    }

    @Test func isThatOfNumPy() throws {
        for golden in try goldenFile("fourier_transform", as: [Case].self) {
            let transform = RealFourierTransform(height: golden.size[0], width: golden.size[1])
            var spectrum = [Float](repeating: .nan, count: transform.spectrumCount)
            transform.forward(golden.picture, into: &spectrum)
            #expect(isClose(spectrum, golden.forward, 2e-5), "\(golden.size)")
            var picture = [Float](repeating: .nan, count: transform.pictureCount)
            transform.inverse(golden.spectrum, into: &picture)
            #expect(isClose(picture, golden.inverse, 2e-6), "\(golden.size)")
            #expect(isClose(transform.radialFrequencies, golden.frequencies, 1e-6), "\(golden.size)")
        }
    }

    @Test(arguments: [[32, 32], [15, 21], [224, 224], [7, 10]])
    func theWayBackIsTheAdjointAndTheInverse(size: [Int]) {
        let transform = RealFourierTransform(height: size[0], width: size[1])
        var random = RandomSource(seed: 2, stream: "\(size)")
        let spectrum = (0..<transform.spectrumCount).map { _ in random.normal() }
        let picture = (0..<transform.pictureCount).map { _ in random.normal() }
        var seen = picture, back = spectrum, there = spectrum
        transform.inverse(spectrum, into: &seen)
        transform.inverseAdjoint(picture, into: &back)
        func product(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        let lengths = (product(seen, seen) * product(picture, picture)).squareRoot()
        #expect(abs(product(seen, picture) - product(spectrum, back)) < 1e-5 * lengths)
        transform.forward(picture, into: &there)
        transform.inverse(there, into: &seen)
        #expect(isClose(seen, picture, 2e-5))
    }
}
