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
        forEachRow { source, destination, offset in
            for x in 0..<size[1] {
                var shifted = x + offset
                if shifted >= size[1] { shifted -= size[1] }
                target[destination + shifted] = pixels[source + x]
            }
        }
    }

    /// Where each row begins: unrolled, rolled, and the roll of columns in [0, W).
    private func forEachRow(_ body: (_ source: Int, _ destination: Int, _ offset: Int) -> Void) {
        let (height, width) = (size[0], size[1])
        let dy = ((roll.y % height) + height) % height, dx = ((roll.x % width) + width) % width
        for colour in 0..<3 {
            for y in 0..<height {
                body((colour * height + y) * width, (colour * height + (y + dy) % height) * width, dx)
            }
        }
    }

    /// One step of Adam (Kingma and Ba 2015) along `gradient`, which belongs to the rolled picture; then the clamp.
    mutating func descend(_ gradient: UnsafePointer<Float>) {
        let rate = schedule.learningRate(at: step)
        step += 1
        let (beta1, beta2) = (schedule.beta1, schedule.beta2)
        let correction1 = 1 - Float(pow(Double(beta1), Double(step))), correction2 = 1 - Float(pow(Double(beta2), Double(step)))
        let size = size, area = size[0] * size[1], epsilon = schedule.epsilon
        var rows: [(Int, Int, Int)] = []
        rows.reserveCapacity(3 * size[0])
        forEachRow { rows.append(($0, $1, $2)) }
        pixels.withUnsafeMutableBufferPointer { pixels in
            firstMoment.withUnsafeMutableBufferPointer { first in
                secondMoment.withUnsafeMutableBufferPointer { second in
                    for (source, destination, offset) in rows {
                        let low = lowest[source / area], high = highest[source / area]
                        for x in 0..<size[1] {
                            var shifted = x + offset
                            if shifted >= size[1] { shifted -= size[1] }
                            let slope = gradient[destination + shifted]
                            let i = source + x
                            first[i] = beta1 * first[i] + (1 - beta1) * slope
                            second[i] = beta2 * second[i] + (1 - beta2) * slope * slope
                            let denominator = (second[i] / correction2).squareRoot() + epsilon
                            let moved = pixels[i] - rate * (first[i] / correction1) / denominator
                            pixels[i] = min(max(moved, low), high)
                        }
                    }
                }
            }
        }
    }
}
