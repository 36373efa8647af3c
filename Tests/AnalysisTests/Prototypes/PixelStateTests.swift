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
            state.descend(gradient, loss: 1)
            for i in beginning.indices {
                #expect(abs(state.pixels[i] - beginning[i] - golden.moved[step][i]) < 2e-6, "value \(i), step \(step)")
            }
        }
    }

    @Test func coloursStayWithinWhatAPictureCanHold() throws {
        let golden: Golden = try goldenFile("adam")
        let schedule = OptimisationSchedule(steps: 100, learningRate: 1, warmup: 1, jitter: 0)
        var state = Self.state([1, 1], schedule, mean: golden.mean, deviation: golden.deviation)
        for _ in 0..<40 { state.descend([-1, 1, -1], loss: 1) }
        #expect(abs(state.pixels[0] - golden.clamped[0]) < 1e-6 && abs(state.pixels[1] - golden.clamped[1]) < 1e-6)
        // Back from the edge at once: the clamp is no trap.
        for _ in 0..<8 { state.descend([1, -1, 1], loss: 1) }
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
            state.descend(gradient, loss: 1)
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
                state.descend(rolled, loss: 1)
            }
            return state.pixels
        }
        #expect(run("class/3") == run("class/3"))
        #expect(run("class/3") != run("class/4"))
    }

    /// `<J v, u> = <v, J' u>` for the linear map J from the picture to what the network sees.
    @Test(arguments: [(flips: true, pooling: 1, size: [6, 9]), (false, 2, [8, 6]), (true, 2, [7, 9])])
    func theGradientComesBackTheWayThePictureWent(flips: Bool, pooling: Int, size: [Int]) {
        var schedule = OptimisationSchedule(steps: 10, warmup: 1, jitter: 3)
        schedule.phases = [.init(steps: 10, pooling: pooling)]
        schedule.mirroring = flips ? .always : .never
        let seen = 3 * (size[0] / pooling) * (size[1] / pooling)
        var random = RandomSource(seed: 8, stream: "slopes")
        var mirrored = 0
        for trial in 0..<20 {
            var state = Self.state(size, schedule, stream: "\(trial)")
            var view = [Float](repeating: .nan, count: seen)
            state.writeRolled(into: &view)
            let slopes = (0..<seen).map { _ in random.normal() }
            let back = state.broughtBack(slopes)
            let there = zip(view, slopes).reduce(0.0) { $0 + Double($1.0 * $1.1) }
            let here = zip(state.pixels, back).reduce(0.0) { $0 + Double($1.0 * $1.1) }
            #expect(abs(there - here) < 1e-4 * Double(seen).squareRoot(), "trial \(trial)")
            // Mirrored or not: whether some neighbours of a row come in the other order.
            if pooling == 1, let first = view.firstIndex(of: state.pixels[0]) {
                let row = first / size[1] * size[1]
                mirrored += view[row + (first - row + size[1] - 1) % size[1]] == state.pixels[1] ? 1 : 0
            }
        }
        if pooling == 1 { #expect((4...16).contains(mirrored)) }
    }

    @Test func halfResolutionIsTheMeanOfFourPixels() {
        var schedule = OptimisationSchedule(steps: 2, warmup: 1, jitter: 0)
        schedule.phases = [.init(steps: 1, pooling: 2), .init(steps: 1, pooling: 1)]
        var state = Self.state([5, 4], schedule)
        #expect(state.pooling.factor == 2)
        var view = [Float](repeating: .nan, count: 12)
        state.writeRolled(into: &view)
        let p = state.pixels
        #expect(abs(view[0] - (p[0] + p[1] + p[4] + p[5]) / 4) < 1e-6)
        #expect(abs(view[3] - (p[10] + p[11] + p[14] + p[15]) / 4) < 1e-6)
        #expect(abs(view[4] - (p[20] + p[21] + p[24] + p[25]) / 4) < 1e-6)
        let beginning = state.pixels
        state.descend([Float](repeating: 1, count: 12), loss: 1)
        // The fifth row is left out, and the next phase begins at the first step of Adam: a full step against the sign.
        #expect(state.pixels[16..<20] == beginning[16..<20] && state.pixels[0] < beginning[0])
        #expect(state.pooling.factor == 1 && !state.isFinished)
        let between = state.pixels
        state.descend([Float](repeating: -1, count: 60), loss: 1)
        #expect(zip(between, state.pixels).allSatisfy { abs($1 - $0 - 1) < 1e-4 })
        #expect(state.isFinished && state.step == 2)
    }

    @Test func coloursAreFreeWhereTheScheduleDoesNotClamp() {
        var state = Self.state([1, 1], OptimisationSchedule(.long, steps: 400, size: [1, 1]), mean: [0.5, 0.5, 0.5], deviation: [0.2, 0.2, 0.2])
        for _ in 0..<100 { state.descend([-1, 1, -1], loss: 1) }
        #expect(state.pixels[0] > 10 && state.pixels[1] < -10)
    }

    @Test func aPictureWhoseLossHasSettledIsFinished() {
        var schedule = OptimisationSchedule(steps: 400, size: [2, 2])
        schedule.settling = Settling(steps: 400)
        var state = Self.state([2, 2], schedule)
        while !state.isFinished { state.descend([Float](repeating: 1, count: 12), loss: 2) }
        // Never before the rate has come down.
        #expect(state.step > 350 && state.step < 400 && schedule.learningRate(at: state.step) < 0.02)
    }

    /// Masks fit the place that they were made in: relevance and roll are renewed together, and anew with every phase.
    @Test func thePictureStaysWhereItsRelevanceWasSeen() {
        var schedule = OptimisationSchedule(steps: 12, warmup: 1, jitter: 4)
        schedule.phases = [.init(steps: 5, pooling: 1), .init(steps: 7, pooling: 1)]
        schedule.stepsPerView = 3
        var state = Self.state([9, 9], schedule)
        var renewed: [Bool] = [], places: [Int?] = []
        var view = [Float](repeating: .nan, count: 243)
        for _ in 0..<12 {
            let first = state.pixels[0]
            renewed.append(state.renewsView)
            state.writeRolled(into: &view)
            places.append(view.firstIndex(of: first))
            state.descend([Float](repeating: 1e-3, count: 243), loss: 1)
        }
        #expect(renewed == [true, false, false, true, false, true, false, false, true, false, false, true])
        for step in 1..<12 where !renewed[step] { #expect(places[step] == places[step - 1], "step \(step)") }
        #expect(Set(places).count > 2)
    }
}
