import Diagnostics
import Foundation
public import Network
public import Run
import Tensors

/// How a prototype's pixels are optimised: Adam with warm-up and cosine decay, a random roll at every step (VITAL, supplement and code,
/// after DeepInversion, Yin et al. 2020).
public struct OptimisationSchedule: Sendable, Equatable {
    /// The schedules by name.
    public enum Kind: String, Sendable, CaseIterable {
        /// Ours: in the coefficients of frequencies and the references' own colours (docs/prototypes.md says what else was tried).
        case fourier
        /// 2000 steps at full resolution, beta (0.5, 0.9), colours clamped.
        case published
        /// 2000 steps with picture and references pooled 2 x 2, then 1000 at full resolution with a fresh optimiser.
        case halfResolution = "half-resolution"
        /// 20,000 steps with beta (0.9, 0.999), colours not clamped.
        case long

        /// The number of steps, all phases together: as published, or of `PrototypeQuality.normal`.
        public var steps: Int {
            switch self {
            case .fourier: PrototypeQuality.normal.steps
            case .published: 2000
            case .halfResolution: 3000
            case .long: 20_000
            }
        }
    }

    /// A part of the schedule with a resolution of its own.
    public struct Phase: Sendable, Hashable {
        public var steps: Int
        /// Pixels of the picture along an axis that the network sees averaged as one: 1, or 2 at half resolution.
        public var pooling: Int
        /// The highest frequency of the picture that is shown and moved, in cycles per pixel; nil for all. Pixels have all of them.
        public var band: Float?

        public init(steps: Int, pooling: Int, band: Float? = nil) {
            self.steps = steps
            self.pooling = pooling
            self.band = band
        }
    }

    public var phases: [Phase]
    /// What the picture is written in.
    public var coordinates = PictureCoordinates.pixels
    /// True when the optimiser and the course of the learning rate begin anew with every phase.
    public var restarts = true
    public var learningRate: Float
    /// Steps at the beginning of each phase over which the learning rate rises linearly.
    public var warmup: Int
    /// Largest roll on either axis, in pixels of the picture.
    public var jitter: Int
    /// Steps that see the picture rolled to the same place. Relevance is renewed with the place: in another its masks would not fit.
    public var stepsPerView = 1
    public var beta1: Float = 0.5
    public var beta2: Float = 0.9
    public var epsilon: Float = 1e-8
    /// True when colours are kept within what a picture can show.
    public var clamps = true
    /// Whether the picture is seen mirrored at half of the steps. Never, as in the published code, where it is an option.
    public var mirroring = Mirroring.never
    /// When a picture is finished before its last step; nil for never.
    public var settling: Settling?

    public init(steps: Int, learningRate: Float = 1, warmup: Int, jitter: Int) {
        phases = [Phase(steps: steps, pooling: 1)]
        self.learningRate = learningRate
        self.warmup = warmup
        self.jitter = jitter
    }

    /// A schedule for images of `size` (height, width), its phases and warm-up in proportion to `steps`, the jitter to the
    /// image: 30 pixels at 224.
    public init(_ kind: Kind = .published, steps: Int? = nil, size: [Int]) {
        let steps = steps ?? kind.steps
        let jitter = Int((30 * Double(min(size[0], size[1])) / 224).rounded())
        self.init(steps: steps, warmup: min(100, max(1, steps / 5)), jitter: jitter)
        switch kind {
        case .published: break
        case .fourier:
            coordinates = PictureCoordinates(.fourier(exponent: 1.3), decorrelatesColours: true)
            learningRate = 0.3
            clamps = false
            mirroring = .whereReferencesAllow
        case .halfResolution:
            let half = 2 * steps / 3
            phases = [Phase(steps: half, pooling: 2), Phase(steps: steps - half, pooling: 1)].filter { $0.steps > 0 }
            warmup = min(100, max(1, steps / 15))
        case .long:
            (beta1, beta2) = (0.9, 0.999)
            clamps = false
        }
    }

    /// What sets it apart from the published one, which has nothing: coordinates, learning rate, how often the view is renewed, and whether it is
    /// mirrored.
    var fingerprint: [String] {
        coordinates == .pixels ? [] : [coordinates.description, String(learningRate), String(stepsPerView), "\(mirroring)"]
    }

    /// Steps of all phases.
    public var steps: Int { phases.reduce(0) { $0 + $1.steps } }

    /// The phase that `step` falls into, counted from 0, and the steps of the phases before it.
    func phase(at step: Int) -> (phase: Phase, begin: Int) {
        let number = phaseNumber(at: step)
        return (phases[number], phases[..<number].reduce(0) { $0 + $1.steps })
    }

    /// The number of the phase that `step` falls into.
    func phaseNumber(at step: Int) -> Int {
        var end = 0
        for (number, phase) in phases.dropLast().enumerated() {
            end += phase.steps
            if step < end { return number }
        }
        return phases.count - 1
    }

    /// The learning rate at `step`, counted from 0; `t` and `T` are those of its phase, or of all where phases are one course: `lr (t + 1) / warmup`, then
    /// `lr (1 + cos(pi (t - warmup) / (T - warmup))) / 2`.
    public func learningRate(at step: Int) -> Float {
        let (phase, begin) = phase(at: step)
        let (step, steps) = restarts ? (step - begin, phase.steps) : (step, steps)
        if step < warmup { return learningRate * Float(step + 1) / Float(warmup) }
        return 0.5 * (1 + Foundation.cos(Float.pi * Float(step - warmup) / Float(max(1, steps - warmup)))) * learningRate
    }

    /// The schedule of a run on images of `size` (height, width).
    public init(_ options: RunOptions, size: [Int]) {
        self.init(Kind(rawValue: options.schedule) ?? .published, steps: options.steps, size: size)
        coordinates = options.coordinates.flatMap { PictureCoordinates($0) } ?? .pixels
        stepsPerView = options.relevanceEvery ?? 1
        learningRate = options.learningRate
        warmup = options.warmup
        jitter = options.jitter
        mirroring = Mirroring(options.flip)
        settling = options.earlyStop ? Settling(steps: options.steps) : nil
    }

    /// Throws a `Problem` where `network` does not run at a resolution of the schedule: before long work.
    public func check(on network: ImageNetwork) throws {
        for factor in Set(phases.map(\.pooling)) where factor > 1 {
            let half = network.seeing(pooledBy: factor)
            do {
                let shapes = try half.graph.shapes(input: half.input.shape)
                let wanted = Shape([network.classCount, 1, 1])
                guard shapes[try half.graph.node(named: half.logits)] == wanted else { throw Problem("its classes have another shape") }
            } catch {
                throw Problem(
                    "\(network.displayName) does not run at half its resolution",
                    explanation: (error as? Problem).map { "At \(half.input.size[0]) x \(half.input.size[1]): \($0.summary)." },
                    remedy: "Choose another --schedule.", kind: .usage)
            }
        }
    }
}
