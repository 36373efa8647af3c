import Tensors
import Testing
import Training

/// Against `torch.optim.SGD`.
@Suite struct StochasticGradientDescentTests {
    private struct Descent: Decodable {
        var momentum: Float
        var weightDecay: Float
        var nesterov: Bool
        var start: [Float]
        var rates: [Float]
        var gradients: [[Float]]
        var values: [[Float]]
    }

    @Test func `steps are PyTorch's`() throws {
        for golden in try goldenFile("descent", as: [Descent].self) {
            let count = golden.start.count
            var settings = StochasticGradientDescent.Settings()
            (settings.momentum, settings.weightDecay, settings.nesterov) = (golden.momentum, golden.weightDecay, golden.nesterov)
            let descent = try StochasticGradientDescent(count: count, settings: settings)
            let (values, gradients) = (try AlignedBuffer(bytes: 128), try AlignedBuffer(bytes: 128))
            values.floats().update(from: golden.start, count: count)
            for (step, rate) in golden.rates.enumerated() {
                gradients.floats().update(from: golden.gradients[step], count: count)
                descent.step(values.floats(), gradients: gradients.floats(), rate: rate)
                for place in 0..<count { #expect(abs(values.floats()[place] - golden.values[step][place]) < 2e-6) }
            }
            withExtendedLifetime((values, gradients)) {}
        }
    }
}
