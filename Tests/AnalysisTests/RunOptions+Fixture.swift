import Run

extension RunOptions {
    /// Options of a small run.
    init(
        layers: [String], units: String, classes: String, labels: String?, seed: UInt64, seeds: Int = 1, steps: Int, references: Int,
        window: String = "none", windowStride: Float = 0.8, referencesAs: String = "window", diversity: Float = 0, jitter: Int,
        learningRate: Float, warmup: Int, strongest: Int, winograd: Bool = true, schedule: String = "published", flip: Bool = false,
        earlyStop: Bool = false, command: String
    ) {
        self.init(command: command)
        (self.layers, self.units, self.classes, self.labels) = (layers, units, classes, labels)
        (self.seed, self.seeds, self.references) = (seed, seeds, references)
        (self.window, self.windowStride, self.referencesAs, self.diversity) = (window, windowStride, referencesAs, diversity)
        (self.schedule, self.steps, self.jitter, self.learningRate, self.warmup) = (schedule, steps, jitter, learningRate, warmup)
        (self.flip, self.earlyStop, self.winograd, self.strongest) = (flip, earlyStop, winograd, strongest)
    }
}
