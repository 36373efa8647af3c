import Foundation
import Tensors

/// One picture under optimisation: its pixels in normalised space, Adam's moments and its own random stream, so that it does
/// not matter in which company it is optimised.
struct PixelState {
    let size: [Int]
    let schedule: OptimisationSchedule
    /// 3 x H x W, normalised.
    private(set) var pixels: [Float]
    private var firstMoment: [Float]
    private var secondMoment: [Float]
    private var random: RandomSource
    private var step = 0
    private var roll = (y: 0, x: 0)
    private let lowest: [Float]
    private let highest: [Float]

    /// Starts from N(0, 1). Colours are kept in `[-mean / deviation, (1 - mean) / deviation]`.
    init(size: [Int], schedule: OptimisationSchedule, mean: [Float], deviation: [Float], random: RandomSource) {
        self.size = size
        self.schedule = schedule
        let count = 3 * size[0] * size[1]
        var random = random
        pixels = (0..<count).map { _ in random.normal() }
        self.random = random
        firstMoment = Array(repeating: 0, count: count)
        secondMoment = Array(repeating: 0, count: count)
        lowest = zip(mean, deviation).map { -$0 / $1 }
        highest = zip(mean, deviation).map { (1 - $0) / $1 }
    }

    /// Draws this step's roll and writes the rolled picture (circular) into `target`, 3 x H x W.
    mutating func writeRolled(into target: UnsafeMutablePointer<Float>) {
        let jitter = schedule.jitter
        roll = (random.integer(in: -jitter...jitter), random.integer(in: -jitter...jitter))
        let runs = runs
        pixels.withUnsafeBufferPointer { pixels in
            guard let pixels = pixels.baseAddress else { return }
            for run in runs { (target + run.rolled).update(from: pixels + run.own, count: run.count) }
        }
    }

    /// Neighbours in a row that stay neighbours in the rolled picture: where they begin in either.
    private struct Run {
        var own: Int
        var rolled: Int
        var count: Int
    }

    private var runs: [Run] {
        let (height, width) = (size[0], size[1])
        let dy = ((roll.y % height) + height) % height, dx = ((roll.x % width) + width) % width
        var runs: [Run] = []
        runs.reserveCapacity(6 * height)
        for row in 0..<3 * height {
            let (own, rolled) = (row * width, (row / height * height + (row % height + dy) % height) * width)
            runs.append(Run(own: own, rolled: rolled + dx, count: width - dx))
            if dx > 0 { runs.append(Run(own: own + width - dx, rolled: rolled, count: dx)) }
        }
        return runs
    }

    /// One step of Adam (Kingma and Ba 2015) along `gradient`, which belongs to the rolled picture; then the clamp.
    mutating func descend(_ gradient: UnsafePointer<Float>) {
        let rate = schedule.learningRate(at: step)
        step += 1
        let (beta1, beta2) = (schedule.beta1, schedule.beta2)
        let correction1 = 1 - Float(pow(Double(beta1), Double(step))), correction2 = 1 - Float(pow(Double(beta2), Double(step)))
        let area = size[0] * size[1], epsilon = schedule.epsilon
        let (runs, lowest, highest) = (runs, lowest, highest)
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
