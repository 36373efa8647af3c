public import Network

/// Something that training makes small: a loss that reads activations of the network and says how they should change.
///
/// The next objective: a file beside `LabelObjective.swift`; the trainer adds up all it is given.
public protocol Objective: AnyObject {
    /// The name of its column in the log.
    var name: String { get }
    /// What it counts in the sum of losses.
    var weight: Float { get }
    /// The layers whose activations it reads and whose gradients it writes.
    var layers: [String] { get }
    /// The loss of a batch, without its weight. Writes the gradient of `weight` times the loss at each of `layers`, to where
    /// `step.gradient(at:weight:)` says. Throws a `Problem` when it cannot be computed.
    func loss(of step: TrainingStep) throws -> Double
    /// Adds what gradients of learned values do not come by way of `layers`, those of `weight` times the last batch's loss, after the
    /// backward pass. Most have none.
    func addGradients(to learned: LearnedValues)
}

extension Objective {
    public func addGradients(to learned: LearnedValues) {}
}
