/// What stands in a network to match templates, for those who show it.
public struct TemplateDescription: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable {
        /// Taught by a teacher network (Gorgun et al., BMVC 2023).
        case knowledgeDistillation = "letkd"
        /// Taught by labels, or by nothing (Gorgun et al., BMVC 2022).
        case templateBlock = "templates"
    }

    public var kind: Kind
    /// The layer that it stands behind.
    public var layer: String
    /// How many templates there are.
    public var count: Int
    /// What the semantic vectors are multiplied with before they are added.
    public var alpha: Float
    /// The class of every template, below the network's number of classes; nil where templates belong to none.
    public var classes: [Int]?
    /// Templates a class; nil where they belong to none, or are not as many for each.
    public var perClass: Int?

    public init(kind: Kind, layer: String, count: Int, alpha: Float, classes: [Int]? = nil, perClass: Int? = nil) {
        self.kind = kind
        self.layer = layer
        self.count = count
        self.alpha = alpha
        self.classes = classes
        self.perClass = perClass
    }

    /// As a sentence would have it: `knowledge distillation layer behind layer3.0, 4096 templates, alpha 1.0`.
    public var summary: String {
        let what = kind == .knowledgeDistillation ? "knowledge distillation layer" : "template block"
        let share = perClass.map { " (\($0) a class)" } ?? ""
        return "\(what) behind \(layer), \(count) templates\(share), alpha \(alpha)"
    }

    /// The layer's name with the kind behind it: the node of the sum, and what all names of nodes and tensors begin with.
    public var name: String { "\(layer).\(kind.rawValue)" }
    /// The node of the scores, before normalisation.
    public var scores: String { kind == .knowledgeDistillation ? "\(name).templates" : "\(name).scores" }
    /// The node of the matches: scores that are above what the template expects, others zero.
    public var matches: String { "\(name).matches" }
    /// The node of the semantic vectors, summed up by matches and multiplied with alpha.
    public var semantics: String { "\(name).semantics" }
}

extension TemplateDescription {
    /// A layer has no more templates than this: a map of more scores would be larger than any network's.
    static let largestCount = 1 << 20

    /// How many templates each class has, where all have as many.
    static func evenCount(_ classes: [Int], classCount: Int) -> Int? {
        guard classCount > 0, classes.count % classCount == 0 else { return nil }
        var counts = [Int](repeating: 0, count: classCount)
        for number in classes { counts[number] += 1 }
        return counts.allSatisfy { $0 == classes.count / classCount } ? counts[0] : nil
    }
}
