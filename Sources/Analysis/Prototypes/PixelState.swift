import Foundation
import Tensors

/// One picture under optimisation: its coordinates, Adam's moments and its own random stream, so that it does not matter in which company
/// it is optimised. Where the coordinates are the pixels themselves, there is no other copy of them.
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
    /// What the pixels are made of; nil where they are optimised themselves.
    private var written: WrittenPicture?
    private var random: RandomSource
    private var view: PictureView
    private var settling: Settling.Monitor?
    private let lowest: [Float]
    private let highest: [Float]

    /// Starts from coordinates from N(0, 1): pixels, or what `basis` makes pixels of.
    ///
    /// Pixels are kept in `[-mean / deviation, (1 - mean) / deviation]` where the schedule clamps them. Pictures of a basis are free: what cannot be
    /// shown is cut off when they are done.
    init(
        size: [Int], schedule: OptimisationSchedule, mean: [Float], deviation: [Float], basis: (any PictureBasis)? = nil, random: RandomSource
    ) {
        self.size = size
        self.schedule = schedule
        channels = mean.count
        let area = channels * size[0] * size[1], count = basis?.count ?? area
        var random = random
        let beginning = (0..<count).map { _ in random.normal() }
        self.random = random
        pixels = beginning
        if let basis {
            written = WrittenPicture(basis, coordinates: beginning, schedule: schedule)
            pixels = Array(repeating: 0, count: area)
        }
        influence = Array(repeating: 0, count: area)
        firstMoment = Array(repeating: 0, count: basis == nil ? area : 0)
        secondMoment = firstMoment
        lowest = zip(mean, deviation).map { schedule.clamps ? -$0 / $1 : -.infinity }
        highest = zip(mean, deviation).map { schedule.clamps ? (1 - $0) / $1 : .infinity }
        settling = schedule.settling.map(Settling.Monitor.init)
        view = PictureView(pooling: PicturePooling(size: size, factor: 1, channels: channels))
        updatePixels()
    }

    /// True when all steps are done, or the loss has settled: the picture changes no more.
    var isFinished: Bool { step >= schedule.steps || settling?.isSettled == true }

    /// How what the network sees at this step comes of the picture.
    var pooling: PicturePooling { PicturePooling(size: size, factor: schedule.phase(at: step).phase.pooling, channels: channels) }

    /// True when this step sees the picture in a place of its own, and not where the step before saw it.
    var renewsView: Bool { (step - schedule.phase(at: step).begin) % schedule.stepsPerView == 0 }

    /// Draws a roll, and whether it mirrors, if this step renews them, and writes what the network sees into `target`: C x H x W, or the half
    /// of either.
    mutating func writeRolled(into target: UnsafeMutablePointer<Float>) {
        if renewsView {
            view = PictureView(pooling: pooling)
            let jitter = schedule.jitter / pooling.factor
            view.roll = (random.integer(in: -jitter...jitter), random.integer(in: -jitter...jitter))
            view.isMirrored = schedule.mirroring == .always && random.integer(in: 0...1) == 1
        }
        view.write(pixels, into: target)
    }

    /// The gradient of what the network saw where it belongs in the picture.
    func broughtBack(_ gradient: UnsafePointer<Float>) -> [Float] { view.broughtBack(gradient) }

    /// One step along `gradient`, which belongs to what the network saw, where the loss was `loss`; then the clamp.
    mutating func descend(_ gradient: UnsafePointer<Float>, loss: Float) {
        let (phase, begin) = schedule.phase(at: step)
        let rate = schedule.learningRate(at: step)
        if step == begin, begin > 0, schedule.restarts {
            firstMoment = Array(repeating: 0, count: firstMoment.count)
            secondMoment = firstMoment
            written?.restart()
        }
        if written != nil {
            let slopes = broughtBack(gradient)
            for i in influence.indices { influence[i] += abs(slopes[i]) }
            written?.move(along: slopes, rate: rate, phase: schedule.phaseNumber(at: step))
        } else if phase.pooling == 1, !view.isMirrored {
            move(along: gradient, view.runs, rate: rate, stepOfPhase: step - begin + 1)
        } else {
            let whole = (0..<channels * size[0]).map { PictureView.Run(own: $0 * size[1], rolled: $0 * size[1], count: size[1]) }
            move(along: broughtBack(gradient), whole, rate: rate, stepOfPhase: step - begin + 1)
        }
        if begin + phase.steps == schedule.steps, step - begin >= schedule.warmup {
            settling?.note(loss, rate: rate / schedule.learningRate)
        }
        step += 1
        if renewsView { view = PictureView(pooling: pooling) }
        updatePixels()
    }

    /// Makes the pixels of the coordinates, where those are something else.
    private mutating func updatePixels() {
        written?.write(phase: schedule.phaseNumber(at: min(step, schedule.steps - 1)), into: &pixels)
    }

    /// One step of Adam (Kingma and Ba 2015), the `stepOfPhase`th since it began afresh, along `gradient`, of which `runs` tell what
    /// belongs where.
    private mutating func move(along gradient: UnsafePointer<Float>, _ runs: [PictureView.Run], rate: Float, stepOfPhase: Int) {
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
