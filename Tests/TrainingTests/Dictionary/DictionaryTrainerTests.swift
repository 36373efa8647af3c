import Diagnostics
import Tensors
import Testing

@testable import Training

@Suite struct DictionaryTrainerTests {
    static let channels = 16, planted = 12

    /// Directions of length 1, and rows that are sums of two of them with random weights, away from a common mean.
    static func rows(_ count: Int) -> (directions: [[Float]], values: [Float]) {
        var random = RandomSource(seed: 9, stream: "planted")
        let directions = (0..<planted).map { _ -> [Float] in
            let vector = (0..<channels).map { _ in random.normal() }
            let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return vector.map { $0 / length }
        }
        var values: [Float] = []
        for _ in 0..<count {
            let (first, second) = (random.integer(in: 0...planted - 1), random.integer(in: 0...planted - 1))
            let (a, b) = (1 + random.uniform(), first == second ? 0 : 1 + random.uniform())
            values += (0..<channels).map { 30 * (a * directions[first][$0] + b * directions[second][$0]) + 5 }
        }
        return (directions, values)
    }

    static func settings(latents: Int = 16) -> DictionarySettings {
        var settings = DictionarySettings(latents: latents, active: 2)
        (settings.epochs, settings.batch, settings.learningRate, settings.seed) = (60, 128, 5e-3, 3)
        return settings
    }

    @Test func `planted directions are found`() throws {
        let (directions, values) = Self.rows(4000)
        let trainer = try DictionaryTrainer(channels: Self.channels, settings: Self.settings())
        let found = try trainer.train(on: MemoryFeatures(values: values, dimension: Self.channels), progress: SilentProgress())
        #expect(found.explainedVariance > 0.95, "\(found.explainedVariance)")
        for direction in directions {
            let best = (0..<16).map { atom in
                (0..<Self.channels).reduce(Float(0)) { $0 + direction[$1] * found.decoder.values[atom * Self.channels + $1] }
            }.max() ?? 0
            // Of sixteen random directions the best has a cosine of about 0.5.
            #expect(best > 0.85, "\(best)")
        }
        // By the tensors as they are saved, row by row: what is kept of the scores makes the row again.
        let tensors = Dictionary(uniqueKeysWithValues: found.tensors)
        let (encoder, decoder) = (try #require(tensors["W_enc"]), try #require(tensors["W_dec"]))
        let (bias, shift) = (try #require(tensors["b_enc"]), try #require(tensors["b_dec"]))
        var error: Float = 0, total: Float = 0
        for row in 0..<200 {
            let x = (0..<Self.channels).map { values[row * Self.channels + $0] - shift.values[$0] }
            let scores = (0..<16).map { latent in (0..<Self.channels).reduce(bias.values[latent]) { $0 + x[$1] * encoder.values[$1 * 16 + latent] } }
            let kept = scores.enumerated().sorted { $0.element > $1.element }.prefix(2).filter { $0.element > 0 }
            for channel in 0..<Self.channels {
                let made = kept.reduce(Float(0)) { $0 + $1.element * decoder.values[$1.offset * Self.channels + channel] }
                error += (made - x[channel]) * (made - x[channel])
                total += x[channel] * x[channel]
            }
        }
        #expect(error < 0.1 * total, "\(error) of \(total)")
    }

    /// Neither the threads nor the batches of the source change a bit.
    @Test func `the same rows and seed give the same dictionary`() throws {
        let (_, values) = Self.rows(1000)
        var settings = Self.settings(latents: 24)
        settings.epochs = 4
        let found = try [(1, 4096), (2, 100), (3, 7)].map { threads, batch in
            OneDNN.useThreads(threads)
            defer { OneDNN.useThreads(1) }
            return try DictionaryTrainer(channels: Self.channels, settings: settings)
                .train(on: MemoryFeatures(values: values, dimension: Self.channels, batch: batch), progress: SilentProgress())
        }
        #expect(found.allSatisfy { $0.encoder == found[0].encoder && $0.decoder == found[0].decoder && $0.bias == found[0].bias })
        settings.seed = 4
        let other = try DictionaryTrainer(channels: Self.channels, settings: settings)
            .train(on: MemoryFeatures(values: values, dimension: Self.channels), progress: SilentProgress())
        #expect(other.encoder != found[0].encoder)
    }

    @Test func `rows that cannot be learned from, and settings that make no sense, are said`() throws {
        let trainer = try DictionaryTrainer(channels: 2, settings: Self.settings())
        #expect(throws: Problem.self) {
            try trainer.train(on: MemoryFeatures(values: Array(repeating: 3, count: 400), dimension: 2), progress: SilentProgress())
        }
        #expect(throws: Problem.self) {
            try DictionaryTrainer(channels: 2, settings: Self.settings())
                .train(on: MemoryFeatures(values: [1, .nan, 2, 3], dimension: 2), progress: SilentProgress())
        }
        #expect(throws: Problem.self) { try DictionaryTrainer(channels: 2, settings: DictionarySettings(latents: 4, active: 5)) }
        #expect(throws: Problem.self) { try DictionaryTrainer(channels: 2048, settings: DictionarySettings(latents: 65_536, active: 5)) }
    }

    /// As `torch.optim.Adam`: two steps by hand. The first moves by the rate whatever the gradient; the moments are corrected for their beginning.
    @Test func `Adam's steps`() throws {
        let values = try AlignedBuffer(bytes: 64), gradients = try AlignedBuffer(bytes: 64)
        let adam = try AdamDescent(count: 2)
        gradients.floats()[0] = 4
        gradients.floats()[1] = -0.5
        adam.step(values.floats(), gradients: gradients.floats(), rate: 0.1)
        #expect(abs(values.floats()[0] + 0.1) < 1e-6 && abs(values.floats()[1] - 0.1) < 1e-6)
        gradients.floats()[0] = 0
        adam.step(values.floats(), gradients: gradients.floats(), rate: 0.1)
        // Mean 0.9 * 0.4 / 0.19, square 0.999 * 0.016 / 0.001999.
        let expected = -0.1 - 0.1 * (0.36 / 0.19) / (0.015984 / 0.001999).squareRoot()
        #expect(abs(Double(values.floats()[0]) - expected) < 1e-5)
    }
}
