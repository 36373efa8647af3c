/// A classifier ready to be looked into: its graph with learned values, and what is known about its use.
public struct ImageNetwork: Sendable {
    public var architecture: String
    public var displayName: String
    public var graph: Graph
    public var input: Input
    /// The layer whose output are the logits; without classes, the last of all.
    public var logits: String
    /// 0 where there are no classes.
    public var classCount: Int
    public internal(set) var head: Head
    /// The classes by name, where a file says them, and which file does.
    public var classNames: (names: [String], source: String)?
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
    /// What the tensors leave open and no file beside them told, with what was taken for it: "12 attention heads (64 channels each)".
    public var assumptions: [String] = []
    /// Of these, what was taken for the size of images.
    var sizeAssumption: String?
    /// Tensors of the checkpoint that the network has no use for.
    public var unusedTensors: [String] = []
    /// The output of an ONNX model that was named for the classes; nil where it was chosen.
    public var toldOutput: String?
    /// True where the preprocessing was told, and differs from what would have been taken.
    public var isToldOtherwise = false
    /// True where the preprocessing is another than networks of the family have, whoever says so.
    public var isPreparedOtherwise = false
    /// What was assumed in reading the checkpoint, and what was found beside it or in it and not used: a sentence each.
    public var remarks: [String] = []
    /// Tensors that hold NaN or infinity.
    public var nonFiniteTensors: [String] = []

    /// `unusedTensors` in a line: by name where they are few, otherwise by what their names begin with. Nil when there are none.
    public var unusedSummary: String? { NameSummary(unusedTensors).text }

    /// Where the classes and the preprocessing of a training are from, as people read it.
    static let ownNotes = "the checkpoint's notes"

    /// The classes that the network was trained on by this program, which are folders by name; nil where its checkpoint does not say so.
    public var trainedClasses: [String]? { classNames.flatMap { $0.source == Self.ownNotes ? $0.names : nil } }

    /// True where its checkpoint says that it was trained on other classes than these, or on the same in another order; false where it does not
    /// say, and where `names` is nil.
    public func wasTrained(onOtherClassesThan names: [String]?) -> Bool {
        guard let trainedClasses, let names else { return false }
        return trainedClasses != names
    }

    public var parameterCount: Int { graph.nodes.reduce(0) { $0 + $1.operation.parameterCount } }
}
