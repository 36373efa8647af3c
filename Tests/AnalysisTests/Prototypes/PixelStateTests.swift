import Tensors
import Testing

@testable import Analysis

struct PixelStateTests {
    private struct Golden: Decodable {
        var size: [Int]
        var steps: Int
        var warmup: Int
        var learningRate: Float
        var gradients: [[Float]]
        var rates: [Float]
        var moved: [[Float]]
        var mean: [Float]
        var deviation: [Float]
        var clamped: [Float]
    }

    /// Colours so wide that nothing is clamped.
    private static func state(
        _ size: [Int], _ schedule: OptimisationSchedule, mean: [Float] = [0.5, 0.5, 0.5],
        deviation: [Float] = [1e-4, 1e-4, 1e-4], stream: String = "picture"
    ) -> PixelState {
        PixelState(
            size: size, schedule: schedule, mean: mean, deviation: deviation, random: RandomSource(seed: 3, stream: stream))
    }

    @Test func stepsAsAdamDoesInPyTorch() throws {
        let golden: Golden = try goldenFile("adam")
        let schedule = OptimisationSchedule(
            steps: golden.steps, learningRate: golden.learningRate, warmup: golden.warmup, jitter: 0)
        var state = Self.state(golden.size, schedule)
        let beginning = state.pixels
        for (step, gradient) in golden.gradients.enumerated() {
            #expect(abs(schedule.learningRate(at: step) - golden.rates[step]) < 1e-6, "step \(step)")
            state.descend(gradient)
            for i in beginning.indices {
                #expect(abs(state.pixels[i] - beginning[i] - golden.moved[step][i]) < 2e-6, "value \(i), step \(step)")
            }
        }
    }

    @Test func coloursStayWithinWhatAPictureCanHold() throws {
        let golden: Golden = try goldenFile("adam")
        let schedule = OptimisationSchedule(steps: 100, learningRate: 1, warmup: 1, jitter: 0)
        var state = Self.state([1, 1], schedule, mean: golden.mean, deviation: golden.deviation)
        for _ in 0..<40 { state.descend([-1, 1, -1]) }
        #expect(abs(state.pixels[0] - golden.clamped[0]) < 1e-6 && abs(state.pixels[1] - golden.clamped[1]) < 1e-6)
        // Back from the edge at once: the clamp is no trap.
        for _ in 0..<8 { state.descend([1, -1, 1]) }
        #expect(state.pixels[0] < golden.clamped[0] && state.pixels[1] > golden.clamped[1])
    }

    @Test(arguments: [(size: [6, 9], jitter: 2), (size: [5, 4], jitter: 30), (size: [7, 7], jitter: 0)])
    func aGradientComesBackToThePixelThatItBelongsTo(size: [Int], jitter: Int) {
        let area = size[0] * size[1]
        var offsets = Set<[Int]>()
        for trial in 0..<40 {
            var state = Self.state(
                size, OptimisationSchedule(steps: 10, learningRate: 1, warmup: 1, jitter: jitter), stream: "\(trial)")
            let before = state.pixels
            var rolled = [Float](repeating: .nan, count: 3 * area)
            state.writeRolled(into: &rolled)
            // The same values in another place: one circular shift for the whole picture, found at its first pixel.
            guard let first = (0..<area).first(where: { rolled[$0] == before[0] }) else {
                Issue.record("the first pixel is nowhere")
                continue
            }
            let (dy, dx) = (first / size[1], first % size[1])
            offsets.insert([dy, dx])
            for colour in 0..<3 {
                for y in 0..<size[0] {
                    for x in 0..<size[1] {
                        let target = (colour * size[0] + (y + dy) % size[0]) * size[1] + (x + dx) % size[1]
                        #expect(rolled[target] == before[(colour * size[0] + y) * size[1] + x])
                    }
                }
            }
            // A slope at one rolled value moves the pixel that stands there, and no other.
            let place = trial * 7 % (3 * area)
            var gradient = [Float](repeating: 0, count: 3 * area)
            gradient[place] = 1
            state.descend(gradient)
            let changed = before.indices.filter { state.pixels[$0] != before[$0] }
            #expect(changed.count == 1 && changed.first.map { before[$0] } == rolled[place])
            if let changed = changed.first { #expect(state.pixels[changed] < before[changed]) }
        }
        let span = 2 * jitter + 1
        #expect(offsets.count <= span * span && (jitter == 0) == (offsets == [[0, 0]]))
        if jitter == 2 {
            #expect(offsets.allSatisfy { min($0[0], size[0] - $0[0]) <= 2 && min($0[1], size[1] - $0[1]) <= 2 })
            #expect(Set(offsets.map { $0[0] }).count == 5 && Set(offsets.map { $0[1] }).count == 5)
        }
    }

    @Test func picturesOfOneStreamAreEqual() {
        let schedule = OptimisationSchedule(steps: 5, learningRate: 1, warmup: 1, jitter: 3)
        func run(_ stream: String) -> [Float] {
            var state = Self.state([8, 8], schedule, stream: stream)
            var rolled = [Float](repeating: 0, count: 192)
            for _ in 0..<5 {
                state.writeRolled(into: &rolled)
                state.descend(rolled)
            }
            return state.pixels
        }
        #expect(run("class/3") == run("class/3"))
        #expect(run("class/3") != run("class/4"))
    }

    @Test func theScheduleIsThePublishedOneInProportion() {
        let large = OptimisationSchedule(steps: 2000, size: [224, 224])
        #expect(large.warmup == 100 && large.jitter == 30 && large.learningRate == 1)
        #expect(large.beta1 == 0.5 && large.beta2 == 0.9 && large.epsilon == 1e-8)
        #expect(OptimisationSchedule(steps: 2000, size: [32, 32]).jitter == 4)
        #expect(OptimisationSchedule(steps: 50, size: [32, 32]).warmup == 10)
        #expect(large.learningRate(at: 0) == 0.01 && large.learningRate(at: 99) == 1 && large.learningRate(at: 100) == 1)
        #expect(abs(large.learningRate(at: 1050) - 0.5) < 1e-6 && large.learningRate(at: 1999) < 1e-5)
        // No step at all, or one, divides by nothing.
        #expect(OptimisationSchedule(steps: 1, size: [32, 32]).learningRate(at: 0).isFinite)
    }
}
