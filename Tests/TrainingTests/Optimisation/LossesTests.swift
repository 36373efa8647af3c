import Foundation
import Tensors
import Testing
@testable import Training

/// Losses and their gradients against PyTorch in float64, and gradients against differences of values.
@Suite struct LossesTests {
    private struct Case: Decodable {
        var kind: String
        var shape: [Int]
        var scores: [Float]
        var loss: Double
        var gradient: [Float]
        var labels: [Int]?
        var templates: Int?
        var targets: [Float]?
        var temperature: Float?
        var choices: [Int]?

        var extent: MapExtent { MapExtent(batch: shape[0], shape: Shape(Array(shape.dropFirst()))) }

        /// Values in blocks.
        func blocked(_ values: [Float]) throws -> AlignedBuffer {
            let buffer = try AlignedBuffer(bytes: extent.count * 4)
            Layout.blocked.pack(values, batch: shape[0], Shape(Array(shape.dropFirst())), into: buffer.floats())
            return buffer
        }

        func loss(_ scores: AlignedBuffer, _ gradient: Losses.Gradient?) throws -> Double {
            switch kind {
            case "cross-entropy":
                return Losses.crossEntropy(
                    scores.floats(), extent, labels: try #require(labels), templatesPerClass: try #require(templates), gradient: gradient)
            case "scores":
                let (targets, temperature) = (try blocked(#require(targets)), try #require(temperature))
                return withExtendedLifetime(targets) {
                    Losses.divergence(scores.floats(), extent, fromScores: targets.floats(), temperature: temperature, gradient: gradient)
                }
            case "shares":
                let targets = try blocked(#require(targets))
                return withExtendedLifetime(targets) {
                    Losses.divergence(scores.floats(), extent, fromShares: targets.floats(), gradient: gradient)
                }
            default:
                let table = Tensor(shape: [shape[1], shape[1]], values: try #require(targets))
                return Losses.divergence(
                    scores.floats(), extent, from: try TargetDistributions(table), choices: try #require(choices), gradient: gradient)
            }
        }
    }

    @Test func `values and gradients are PyTorch's`() throws {
        let cases = try goldenFile("losses", as: [Case].self)
        #expect(Set(cases.map(\.kind)) == ["cross-entropy", "scores", "shares", "rows"])
        for golden in cases {
            let name = "\(golden.kind) \(golden.shape)"
            let scores = try golden.blocked(golden.scores), gradient = try AlignedBuffer(bytes: golden.extent.count * 4)
            for place in 0..<golden.extent.count { gradient.floats()[place] = 7 }
            let loss = try golden.loss(scores, .init(gradient.floats()))
            #expect(abs(loss - golden.loss) <= 2e-6 * max(1, abs(golden.loss)), "\(name): \(loss), not \(golden.loss)")
            let expected = try golden.blocked(golden.gradient)
            for place in 0..<golden.extent.count {
                // Channels past the last are zero on both sides.
                #expect(abs(gradient.floats()[place] - expected.floats()[place]) < 1e-6, "\(name), \(place)")
            }
            // Twice as much, added to what is there.
            #expect(try golden.loss(scores, .init(gradient.floats(), weight: 2, adds: true)) == loss)
            for place in 0..<golden.extent.count {
                #expect(abs(gradient.floats()[place] - 3 * expected.floats()[place]) < 3e-6, "\(name), \(place), added")
            }
            #expect(try golden.loss(scores, nil) == loss, "\(name) without gradient")
            withExtendedLifetime((scores, gradient, expected)) {}
        }
    }

    @Test func `gradients are the slopes of values`() throws {
        for golden in try goldenFile("losses", as: [Case].self) {
            var random = RandomSource(seed: 1, stream: golden.kind)
            let direction = golden.scores.map { _ in random.normal() }
            let scores = try golden.blocked(golden.scores), gradient = try AlignedBuffer(bytes: golden.extent.count * 4)
            _ = try golden.loss(scores, .init(gradient.floats()))
            func loss(_ step: Float) throws -> Double {
                let moved = try golden.blocked(zip(golden.scores, direction).map { $0 + step * $1 })
                return try withExtendedLifetime(moved) { try golden.loss(moved, nil) }
            }
            let slope = (try loss(0.02) - loss(-0.02)) / 0.04
            let blocked = try golden.blocked(direction)
            let product = (0..<golden.extent.count).reduce(0.0) { $0 + Double(gradient.floats()[$1] * blocked.floats()[$1]) }
            withExtendedLifetime((scores, gradient, blocked)) {}
            #expect(abs(slope - product) < 2e-3 * max(1, abs(slope)), "\(golden.kind) \(golden.shape): \(slope) and \(product)")
        }
    }

    @Test func `the number of threads does not show`() throws {
        let extent = MapExtent(batch: 6, channels: 500, area: 49)
        var random = RandomSource(seed: 2, stream: "threads")
        let buffers = try (0..<4).map { _ in try AlignedBuffer(bytes: extent.count * 4) }
        for place in 0..<extent.count where place / (16 * 49) % extent.blocks < 31 || place % 16 < 4 {
            buffers[0].floats()[place] = 4 * random.normal()
            buffers[1].floats()[place] = 4 * random.normal()
        }
        var losses: [Double] = []
        for threads in [1, 2] {
            OneDNN.useThreads(threads)
            losses.append(
                Losses.divergence(
                    buffers[0].floats(), extent, fromScores: buffers[1].floats(), gradient: .init(buffers[1 + threads].floats())))
        }
        OneDNN.useThreads(1)
        #expect(losses[0] == losses[1])
        #expect(memcmp(buffers[2].address, buffers[3].address, extent.count * 4) == 0)
        withExtendedLifetime(buffers) {}
    }

    @Test func `what is not a number shows`() throws {
        let extent = MapExtent(batch: 1, channels: 20)
        let scores = try AlignedBuffer(bytes: extent.count * 4)
        for bad in [Float.nan, .infinity] {
            scores.floats()[3] = bad
            #expect(!Losses.crossEntropy(scores.floats(), extent, labels: [1]).isFinite)
        }
        withExtendedLifetime(scores) {}
    }

    @Test func `the exponential and the logarithm are those of the library`() {
        var worst: (exp: Float, log: Float) = (0, 0)
        for step in -80_000...80_000 {
            let x = Float(step) * 1e-3
            let y = VectorExponential.exp(Lane(repeating: x))[5]
            worst.exp = max(worst.exp, abs(y / Float(Foundation.exp(Double(x))) - 1))
            let back = VectorExponential.log(Lane(repeating: y))[5], exact = Float(Foundation.log(Double(y)))
            worst.log = max(worst.log, abs(back - exact) / max(1, abs(exact)))
        }
        #expect(worst.exp < 3e-7 && worst.log < 3e-7, "\(worst)")
        #expect(VectorExponential.exp(Lane(repeating: -100))[0] == 0 && VectorExponential.exp(Lane(repeating: -.infinity))[0] == 0)
        #expect(VectorExponential.exp(Lane(repeating: .nan))[0].isNaN)
    }
}
