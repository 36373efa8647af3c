/// A learning rate that is divided by ten at the end of certain epochs.
public struct LearningRateSteps: Sendable, Equatable, Codable {
    /// Of the first epoch.
    public var initial: Float
    /// Numbers of epochs, ascending: the rate is divided once as many epochs are over.
    public var milestones: [Int]
    public var divisor: Float

    public init(initial: Float, milestones: [Int] = [], divisor: Float = 10) {
        self.initial = initial
        self.milestones = milestones
        self.divisor = divisor
    }

    /// The steps that letKD trained CIFAR's networks with, 0.05 divided by ten after 150, 180 and 210 of 240 epochs, for another
    /// number of epochs.
    public init(initial: Float = 0.05, scaledTo epochs: Int) {
        self.init(initial: initial, milestones: [150, 180, 210].map { ($0 * epochs + 120) / 240 })
    }

    /// The rate of an epoch, counted from zero.
    public func rate(epoch: Int) -> Float {
        milestones.filter { $0 <= epoch }.reduce(initial) { rate, _ in rate / divisor }
    }
}
