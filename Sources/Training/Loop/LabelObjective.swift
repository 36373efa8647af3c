/// Cross-entropy with the labels of the images: of the logits, or of the scores of a block that matches templates.
public final class LabelObjective: Objective {
    public let name: String
    public let weight: Float
    private let layer: String
    private let templatesPerClass: Int

    /// - Parameters:
    ///   - layer: of its channels, `templatesPerClass` belong to each class: `Losses.crossEntropy`.
    public init(name: String = "cross_entropy", layer: String, templatesPerClass: Int = 1, weight: Float = 1) {
        self.name = name
        self.layer = layer
        self.templatesPerClass = templatesPerClass
        self.weight = weight
    }

    public var layers: [String] { [layer] }

    public func loss(of step: TrainingStep) throws -> Double {
        Losses.crossEntropy(
            try step.activation(of: layer), try step.extent(of: layer), labels: step.batch.labels,
            templatesPerClass: templatesPerClass, gradient: try step.gradient(at: layer, weight: weight))
    }
}
