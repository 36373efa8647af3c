import Diagnostics
public import Tensors

/// The layer by which a student network decides for itself what it takes from a teacher (Gorgun, Gurbuz and Alatan, "Knowledge
/// Distillation Layer that Lets the Student Decide", BMVC 2023, arXiv 2309.02843, equations as in the authors' code). On a map x of d
/// channels, with K templates:
///
///     s  = g1 cos(x, W1)          1 x 1, kernels and positions of unit length: the scores that a teacher supervises
///     p  = ReLU(BN(s))            the matches
///     v  = g2 cos(p, W2)          1 x 1, likewise: the semantic vectors of the matched templates
///     x' = x + alpha v
///
/// It needs neither teacher nor labels to compute that.
public struct KnowledgeDistillationLayer: TemplateMatching {
    public let layer: String
    public let description: TemplateDescription
    private let values: TemplateValues

    /// A layer that has learned nothing yet, behind a map of `network`: kernels from N(0, sqrt(2 / in)), g1 = 3, g2 = 1, as published.
    ///
    /// - Parameters:
    ///   - layer: any name of the layer.
    ///   - templates: how many.
    ///   - alpha: 1 as published; 0.1 to 0.5 for MobileNets.
    ///   - classes: the class of every template, where they are sub-classes.
    /// - Throws: `Problem` when there is no such layer, or its output is no map, or `classes` do not fit.
    public init(
        behind layer: String, of network: ImageNetwork, templates: Int, alpha: Float = 1, classes: [Int]? = nil, random: inout RandomSource
    ) throws {
        let place = try network.placeForTemplates(behind: layer)
        guard templates > 0, templates <= TemplateDescription.largestCount else {
            throw Problem(
                "a knowledge distillation layer cannot have \(templates) templates",
                explanation: "From 1 to \(TemplateDescription.largestCount) are possible.", kind: .usage)
        }
        guard alpha.isFinite else { throw Problem("alpha is \(alpha); a number was expected", kind: .usage) }
        var values = NormalizationValues.initial(templates)
        let shapes = Self.shapes(channels: place.channels, templates: templates)
        for (name, shape) in shapes where shape.rank == 4 { values[name] = Tensor(random: &random, shape) }
        values["templates.gain"] = Tensor(shape: [1], values: [3])
        values["semantics.gain"] = Tensor(shape: [1], values: [1])
        values["alpha"] = Tensor(shape: [1], values: [alpha])
        var order = shapes.map(\.name)
        if let classes {
            guard classes.count == templates else {
                throw Problem("\(classes.count) classes for \(templates) templates; one for each was expected", kind: .usage)
            }
            values[Self.classRecord] = Tensor(shape: [templates], values: classes.map(Float.init))
            order.append(Self.classRecord)
        }
        try self.init(place.layer, TemplateValues(values, order: order), classCount: network.classCount)
    }

    /// From a checkpoint; what does not fit is noted in `parameters`. Nil where values are not read.
    init?(behind layer: String, channels: Int, classCount: Int, _ parameters: Parameters, readsValues: Bool) throws {
        let prefix = "\(layer).\(TemplateDescription.Kind.knowledgeDistillation.rawValue)."
        var shapes = Self.shapes(
            channels: channels, templates: parameters.firstExtent(of: "\(prefix)templates.weight", otherwise: 1))
        if parameters.has(prefix + Self.classRecord) { shapes.append((Self.classRecord, [shapes[0].shape[0]])) }
        guard let values = try TemplateValues(prefix, shapes, records: Self.records, parameters, readsValues: readsValues) else { return nil }
        try self.init(layer, values, classCount: classCount)
    }

    private init(_ layer: String, _ values: TemplateValues, classCount: Int) throws {
        self.layer = layer
        self.values = values
        let count = values["templates.weight"].shape[0]
        guard count > 0 else {
            throw Problem("The knowledge distillation layer behind \(layer) has no templates", remedy: "Use a whole checkpoint.")
        }
        let prefix = "\(layer).\(TemplateDescription.Kind.knowledgeDistillation.rawValue)."
        var classes: [Int]?
        if values.has(Self.classRecord) {
            classes = try values[Self.classRecord].values.enumerated().map { template, value in
                guard let number = Int(exactly: value), number >= 0, number < classCount else {
                    throw Problem(
                        "\(prefix)\(Self.classRecord) gives template \(template) the class \(value)",
                        explanation: "The network has \(classCount) classes, numbered from 0.", remedy: "Use a whole checkpoint.")
                }
                return number
            }
        }
        description = TemplateDescription(
            kind: .knowledgeDistillation, layer: layer, count: count, alpha: values.first(of: "alpha") ?? 1, classes: classes,
            perClass: classes.flatMap { TemplateDescription.evenCount($0, classCount: classCount) })
    }

    private static let classRecord = "teacher.classes"
    /// What a checkpoint tells of the teacher, beside the layer's values.
    private static let records = [
        "teacher.centres", "teacher.mean", "teacher.scalings", "teacher.pooling", "score_matrix",
    ]

    private static func shapes(channels: Int, templates: Int) -> [(name: String, shape: Shape)] {
        [("templates.weight", [templates, channels, 1, 1]), ("templates.gain", [1])] + NormalizationValues.shapes(templates)
            + [("semantics.weight", [channels, templates, 1, 1]), ("semantics.gain", [1]), ("alpha", [1])]
    }

    public var tensors: [(name: String, tensor: Tensor)] {
        values.named(behind: description.name)
    }

    public var nodeNames: [String] {
        let name = description.name
        return ["direction", "templates", "bn", "matches", "match_direction", "semantics"].map { "\(name).\($0)" } + [name]
    }

    public func append(to graph: inout Graph, behind node: Int) -> Int {
        let names = nodeNames
        let operations: [any Operation] = [
            UnitLength(), CosineConvolution(kernels: values["templates.weight"], gain: values.first(of: "templates.gain") ?? 1),
            NormalizationValues.operation { values[$0] }, Rectifier(.relu), UnitLength(),
            CosineConvolution(kernels: values["semantics.weight"], gain: values.first(of: "semantics.gain") ?? 1, factor: description.alpha),
        ]
        var last = node
        for (name, operation) in zip(names, operations) { last = graph.add(name, operation, last) }
        return graph.add(names[6], Sum(), node, last)
    }
}
