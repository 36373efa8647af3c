import Foundation
import Tensors

/// One picture under optimisation: its pixels in normalised space, Adam's moments and its own random stream, so that it does
/// not matter in which company it is optimised.
struct PixelState {
    let size: [Int]
    let schedule: OptimisationSchedule
    private let channels: Int
    /// C x H x W, normalised.
    private(set) var pixels: [Float]
    /// Steps done.
    private(set) var step = 0
    /// The sum over steps of every pixel's slope, `|d loss / d pixel|`, where it belongs in the picture; C x H x W.
    private(set) var influence: [Float]
    private var firstMoment: [Float]
    private var secondMoment: [Float]
    private var random: RandomSource
    private var roll = (y: 0, x: 0)
    private var isFlipped = false
    private var settling: Settling.Monitor?
    private let lowest: [Float]
    private let highest: [Float]

    /// Starts from N(0, 1). Colours are kept in `[-mean / deviation, (1 - mean) / deviation]` where the schedule clamps them.
    init(size: [Int], schedule: OptimisationSchedule, mean: [Float], deviation: [Float], random: RandomSource) {
        self.size = size
        self.schedule = schedule
        channels = mean.count
        let count = channels * size[0] * size[1]
        var random = random
        pixels = (0..<count).map { _ in random.normal() }
        self.random = random
        influence = Array(repeating: 0, count: count)
        firstMoment = Array(repeating: 0, count: count)
        secondMoment = Array(repeating: 0, count: count)
        lowest = zip(mean, deviation).map { schedule.clamps ? -$0 / $1 : -.infinity }
        highest = zip(mean, deviation).map { schedule.clamps ? (1 - $0) / $1 : .infinity }
        settling = schedule.settling.map(Settling.Monitor.init)
    }

    /// True when all steps are done, or the loss has settled: the picture changes no more.
    var isFinished: Bool { step >= schedule.steps || settling?.isSettled == true }

    /// How what the network sees at this step comes of the picture.
    var pooling: PicturePooling { PicturePooling(size: size, factor: schedule.phase(at: step).phase.pooling, channels: channels) }

    /// Draws this step's roll, and whether it mirrors, and writes what the network sees into `target`: the picture, pooled in this phase's
    /// way, rolled (circular) and perhaps mirrored; C x H x W, or the half of either.
    mutating func writeRolled(into target: UnsafeMutablePointer<Float>) {
        let pooling = pooling, seen = pooling.pooledSize
        let jitter = schedule.jitter / pooling.factor
        roll = (random.integer(in: -jitter...jitter), random.integer(in: -jitter...jitter))
        isFlipped = schedule.flips && random.integer(in: 0...1) == 1
        let runs = runs(of: seen)
        var source = pixels
        if pooling.factor > 1 {
            source = Array(repeating: 0, count: pooling.count)
            pooling.apply(to: pixels, into: &source)
        }
        source.withUnsafeBufferPointer { source in
            guard let source = source.baseAddress else { return }
            for run in runs { (target + run.rolled).update(from: source + run.own, count: run.count) }
        }
        guard isFlipped else { return }
        for row in 0..<channels * seen[0] {
            var values = UnsafeMutableBufferPointer(start: target + row * seen[1], count: seen[1])
            values.reverse()
        }
    }

    /// The derivative of `writeRolled`: the gradient of what the network saw where it belongs in the picture, mirrored and rolled back and
    /// spread over the pixels that were averaged.
    func broughtBack(_ gradient: UnsafePointer<Float>) -> [Float] {
        let pooling = pooling, width = pooling.pooledSize[1]
        var result = [Float](repeating: 0, count: pixels.count)
        for run in runs(of: pooling.pooledSize) {
            for i in 0..<run.count {
                let rolled = run.rolled + i, x = rolled % width
                let slope = gradient[isFlipped ? rolled - x + width - 1 - x : rolled]
                pooling.spread(slope, of: run.own + i, into: &result)
            }
        }
        return result
    }

    /// Neighbours in a row that stay neighbours in the rolled picture: where they begin in either.
    private struct Run {
        var own: Int
        var rolled: Int
        var count: Int
    }

    /// The runs of a picture of `size` under this step's roll.
    private func runs(of size: [Int]) -> [Run] {
        let (height, width) = (size[0], size[1])
        let dy = ((roll.y % height) + height) % height, dx = ((roll.x % width) + width) % width
        var runs: [Run] = []
        runs.reserveCapacity(6 * height)
        for row in 0..<channels * height {
            let (own, rolled) = (row * width, (row / height * height + (row % height + dy) % height) * width)
            runs.append(Run(own: own, rolled: rolled + dx, count: width - dx))
            if dx > 0 { runs.append(Run(own: own + width - dx, rolled: rolled, count: dx)) }
        }
        return runs
    }

    /// One step along `gradient`, which belongs to what the network saw, where the loss was `loss`; then the clamp.
    mutating func descend(_ gradient: UnsafePointer<Float>, loss: Float) {
        let (phase, begin) = schedule.phase(at: step)
        let rate = schedule.learningRate(at: step)
        if step == begin, begin > 0 {
            firstMoment = Array(repeating: 0, count: pixels.count)
            secondMoment = firstMoment
        }
        if phase.pooling == 1, !isFlipped {
            move(along: gradient, runs(of: size), rate: rate, stepOfPhase: step - begin + 1)
        } else {
            let whole = (0..<channels * size[0]).map { Run(own: $0 * size[1], rolled: $0 * size[1], count: size[1]) }
            move(along: broughtBack(gradient), whole, rate: rate, stepOfPhase: step - begin + 1)
        }
        if begin + phase.steps == schedule.steps, step - begin >= schedule.warmup {
            settling?.note(loss, rate: rate / schedule.learningRate)
        }
        step += 1
    }

    /// One step of Adam (Kingma and Ba 2015), the `stepOfPhase`th since it began afresh, along `gradient`, of which `runs` tell what
    /// belongs where.
    private mutating func move(along gradient: UnsafePointer<Float>, _ runs: [Run], rate: Float, stepOfPhase: Int) {
        let (beta1, beta2) = (schedule.beta1, schedule.beta2)
        let steps = Double(stepOfPhase)
        let correction1 = 1 - Float(pow(Double(beta1), steps)), correction2 = 1 - Float(pow(Double(beta2), steps))
        let area = size[0] * size[1], epsilon = schedule.epsilon
        let (lowest, highest) = (lowest, highest)
        influence.withUnsafeMutableBufferPointer { influence in
            guard let influence = influence.baseAddress else { return }
            for run in runs {
                let (sums, slopes) = (influence + run.own, gradient + run.rolled)
                for x in 0..<run.count { sums[x] += abs(slopes[x]) }
            }
        }
        pixels.withUnsafeMutableBufferPointer { pixels in
            firstMoment.withUnsafeMutableBufferPointer { first in
                secondMoment.withUnsafeMutableBufferPointer { second in
                    guard let pixels = pixels.baseAddress, let first = first.baseAddress, let second = second.baseAddress else { return }
                    Parallel.ranges(runs.count, minimum: 1 + 20_000 / size[1]) { part in
                        for run in runs[part] {
                            let (low, high) = (lowest[run.own / area], highest[run.own / area])
                            let slopes = gradient + run.rolled
                            let (pixels, first, second) = (pixels + run.own, first + run.own, second + run.own)
                            for x in 0..<run.count {
                                let slope = slopes[x]
                                let mean = beta1 * first[x] + (1 - beta1) * slope
                                let square = beta2 * second[x] + (1 - beta2) * slope * slope
                                first[x] = mean
                                second[x] = square
                                let moved = pixels[x] - rate * (mean / correction1) / ((square / correction2).squareRoot() + epsilon)
                                pixels[x] = min(max(moved, low), high)
                            }
                        }
                    }
                }
            }
        }
    }
}
