import Foundation

/// The published settings of DeepInversion.
struct DeepInversionSettings: Sendable, Equatable {
    /// Pictures whose statistics are taken together.
    var batch = 32
    var weights: Weights
    var descent: Descent
    /// Largest roll on either axis, in pixels.
    var jitter: Int
    var flips: Bool
    /// Whether colours are kept within what a picture can hold at every step.
    var clamps: Bool

    /// What terms of the loss count.
    struct Weights: Sendable, Equatable {
        /// Of the distance to the statistics of batch normalisation.
        var features: Float
        /// By how much the first of them counts more.
        var firstLayer: Float
        /// Of the total variation.
        var variation: Float
        /// Of the pictures' mean Euclidean norm.
        var norm: Float
    }

    /// Of Adam.
    struct Descent: Sendable, Equatable {
        var rate: Float
        /// Steps over which the learning rate rises before it falls as a cosine; nil for a constant rate.
        var warmup: Int?
        var beta1: Float
        var beta2: Float
    }

    /// Those of `imagenet_inversion.py`, setting 1 (all steps at full resolution): Adam (0.5, 0.9) at 0.2 with 100 steps of warm-up
    /// of 2000, jitter 30 at 224; statistics 0.05, the first ten times, total variation 1e-4, norm 1e-5.
    static func imageNet(steps: Int, size: [Int]) -> DeepInversionSettings {
        DeepInversionSettings(
            weights: Weights(features: 0.05, firstLayer: 10, variation: 1e-4, norm: 1e-5),
            descent: Descent(rate: 0.2, warmup: min(100, max(1, steps / 5)), beta1: 0.5, beta2: 0.9), jitter: Int((30 * Double(min(size[0], size[1])) / 224).rounded()), flips: true, clamps: true)
    }

    /// Those of `cifar10/README.md` for the better pictures: Adam at 0.1, constant, jitter 2 at 32; statistics 10, total variation
    /// 1e-3.
    static let cifar = DeepInversionSettings(
        weights: Weights(features: 10, firstLayer: 1, variation: 1e-3, norm: 0),
        descent: Descent(rate: 0.1, warmup: nil, beta1: 0.9, beta2: 0.999), jitter: 2, flips: false, clamps: false)

    /// For pictures of `size`: those for CIFAR up to 64 pixels a side.
    static func published(steps: Int, size: [Int]) -> DeepInversionSettings {
        max(size[0], size[1]) <= 64 ? .cifar : .imageNet(steps: steps, size: size)
    }

    /// The learning rate at `step` of `steps`, counted from 0.
    func rate(at step: Int, of steps: Int) -> Float {
        let rate = descent.rate
        guard let warmup = descent.warmup else { return rate }
        if step < warmup { return rate * Float(step + 1) / Float(warmup) }
        return 0.5 * (1 + cos(Float.pi * Float(step - warmup) / Float(max(1, steps - warmup)))) * rate
    }
}
