public import Tensors

/// A classifier ready to be looked into: its graph with learned values, and what is known about its use.
public struct ImageNetwork: Sendable {
    /// How an image becomes the network's input.
    public struct Input: Sendable, Equatable {
        public enum Interpolation: String, Sendable { case bilinear, bicubic }

        /// The shorter side after resizing, in pixels; nil where images come in the right size.
        public var resize: Int?
        public var interpolation: Interpolation
        /// Height and width of the centre crop.
        public var size: [Int]
        /// Of each colour channel, for values in [0, 1].
        public var mean: [Float]
        public var standardDeviation: [Float]

        public init(
            resize: Int?, interpolation: Interpolation = .bilinear, size: [Int], mean: [Float] = [0.485, 0.456, 0.406],
            standardDeviation: [Float] = [0.229, 0.224, 0.225]
        ) {
            self.resize = resize
            self.interpolation = interpolation
            self.size = size
            self.mean = mean
            self.standardDeviation = standardDeviation
        }

        /// C x H x W.
        public var shape: Shape { [3, size[0], size[1]] }
    }

    public var architecture: String
    public var displayName: String
    public var graph: Graph
    public var input: Input
    /// The layer whose output are the logits.
    public var logits: String
    public var classCount: Int
    /// The stem, the ends of stages and the classifier, in order: the picture of the whole.
    public var landmarks: [String]
    /// Layers that a report shows when none are asked for.
    public var reported: [String]
    /// The layers whose feature distributions a class prototype is matched to, with weights
    /// (VITAL, supplement; for networks it does not name, the stem convolution and the end of each stage, and the head behind the last
    /// stage where there is one).
    public var matched: [(layer: String, weight: Float)]
    /// Coefficients of what else a class prototype's picture is asked for, total variation and Euclidean norm (VITAL, supplement).
    public var prior: (totalVariation: Float, norm: Float) = (0, 0)
    /// What stands in it to match templates, in the order of the graph.
    public internal(set) var templates: [TemplateDescription] = []
    /// Architectures with the same tensors that the checkpoint may be of as well: with another preprocessing, say.
    public var alternatives: [String] = []
    /// Tensors of the checkpoint that the network has no use for.
    public var unusedTensors: [String] = []
    /// What was chosen, left out or assumed while it was read, a sentence each.
    public var remarks: [String] = []
    /// Tensors that hold NaN or infinity.
    public var nonFiniteTensors: [String] = []

    public var parameterCount: Int { graph.nodes.reduce(0) { $0 + $1.operation.parameterCount } }
}
