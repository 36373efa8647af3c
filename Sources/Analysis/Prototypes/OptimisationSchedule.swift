import Foundation

/// How a prototype's pixels are optimised: Adam with warm-up and cosine decay, a random roll at every step.
///
/// VITAL's published schedule is 2000 steps, learning rate 1, warm-up 100, beta (0.5, 0.9), jitter 30 pixels at 224.
public struct OptimisationSchedule: Sendable, Equatable {
    public var steps: Int
    public var learningRate: Float
    /// Steps over which the learning rate rises linearly.
    public var warmup: Int
    /// Largest roll on either axis, in pixels.
    public var jitter: Int
    public var beta1: Float = 0.5
    public var beta2: Float = 0.9
    public var epsilon: Float = 1e-8

    public init(steps: Int, learningRate: Float = 1, warmup: Int, jitter: Int) {
        self.steps = steps
        self.learningRate = learningRate
        self.warmup = warmup
        self.jitter = jitter
    }

    /// The published schedule for `steps` steps on images of `size` (height, width): the jitter in proportion to the image.
    public init(steps: Int, size: [Int]) {
        self.init(
            steps: steps, warmup: min(100, max(1, steps / 5)),
            jitter: Int((30 * Double(min(size[0], size[1])) / 224).rounded()))
    }

    /// The learning rate at `step`, counted from 0: `lr (t + 1) / warmup`, then `lr (1 + cos(pi (t - warmup) / (T - warmup))) / 2`.
    public func learningRate(at step: Int) -> Float {
        if step < warmup { return learningRate * Float(step + 1) / Float(warmup) }
        return 0.5 * (1 + Foundation.cos(Float.pi * Float(step - warmup) / Float(max(1, steps - warmup)))) * learningRate
    }
}
