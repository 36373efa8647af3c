import Diagnostics
public import Tensors

/// A residual block that matches templates (Gorgun, Gurbuz and Alatan, "Feature Embedding by Template Matching as a ResNet Block", BMVC
/// 2022, arXiv 2210.00992): kernels are templates; batch normalisation and ReLU, a soft arg-max over their scores, leave those that match
/// better than usual; a 1 x 1 convolution adds up the semantic vectors of these, and `x + alpha v` goes on.
///
/// Where labels supervise the scores, every class owns as many templates: template k belongs to class k / T.
public struct TemplateBlock: TemplateMatching {
    public let layer: String
    public let description: TemplateDescription
    private let values: TemplateValues

    /// A block that has learned nothing yet, behind a map of `network`; kernels from N(0, sqrt(2 / fan in)) (He et al. 2015).
    ///
    /// - Parameters:
    ///   - layer: any name of the layer.
    ///   - perClass: templates for each of the network's classes.
    ///   - isSupervised: false for the control, whose templates, as many, belong to no class.
    ///   - kernel: rows and columns that a template sees, an odd number.
    /// - Throws: `Problem` when there is no such layer, or its output is no map.
    public init(
        behind layer: String, of network: ImageNetwork, perClass: Int, isSupervised: Bool, kernel: Int = 1, alpha: Float = 1,
        random: inout RandomSource
    ) throws {
        let place = try network.placeForTemplates(behind: layer)
        guard perClass > 0, perClass <= TemplateDescription.largestCount / network.classCount else {
            let largest = TemplateDescription.largestCount / network.classCount
            throw Problem(
                "a template block cannot have \(perClass) templates a class", explanation: "From 1 to \(largest) are possible.", kind: .usage)
        }
        guard kernel > 0, kernel <= 15, kernel % 2 == 1 else {
            throw Problem("templates of \(kernel) x \(kernel) positions; an odd number up to 15 was expected", kind: .usage)
        }
        guard alpha.isFinite else { throw Problem("alpha is \(alpha); a number was expected", kind: .usage) }
        let count = perClass * network.classCount
        let shapes = Self.shapes(channels: place.channels, templates: count, kernel: kernel)
        var values = NormalizationValues.initial(count)
        for (name, shape) in shapes where shape.rank == 4 { values[name] = Tensor(random: &random, shape) }
        values["alpha"] = Tensor(shape: [1], values: [alpha])
        values["per_class"] = Tensor(shape: [1], values: [isSupervised ? Float(perClass) : 0])
        try self.init(place.layer, TemplateValues(values, order: shapes.map(\.name)), classCount: network.classCount)
    }

    /// From a checkpoint; what does not fit is noted in `parameters`. Nil where values are not read.
    init?(behind layer: String, channels: Int, classCount: Int, _ parameters: Parameters, readsValues: Bool) throws {
        let prefix = "\(layer).\(TemplateDescription.Kind.templateBlock.rawValue)."
        let scores = parameters.shape(of: "\(prefix)scores.weight").flatMap { $0.rank == 4 ? $0 : nil } ?? [1, channels, 1, 1]
        // An even kernel would move the map: the shape that is expected then is another.
        let kernel = scores[2] % 2 == 1 ? scores[2] : scores[2] + 1
        let shapes = Self.shapes(channels: channels, templates: scores[0], kernel: kernel)
        guard let values = try TemplateValues(prefix, shapes, parameters, readsValues: readsValues) else { return nil }
        try self.init(layer, values, classCount: classCount)
    }

    private init(_ layer: String, _ values: TemplateValues, classCount: Int) throws {
        self.layer = layer
        self.values = values
        let count = values["scores.weight"].shape[0]
        guard count > 0 else { throw Problem("The template block behind \(layer) has no templates", remedy: "Use a whole checkpoint.") }
        let recorded = values.first(of: "per_class") ?? 0
        guard let perClass = Int(exactly: recorded), perClass == 0 || count % classCount == 0 && count / classCount == perClass else {
            throw Problem(
                "\(layer).\(TemplateDescription.Kind.templateBlock.rawValue).per_class is \(recorded)",
                explanation: "\(count) templates for \(classCount) classes"
                    + (count % classCount == 0 ? " are \(count / classCount) a class; 0 says that they belong to none." : " belong to none: it should be 0."),
                remedy: "Use a whole checkpoint.")
        }
        description = TemplateDescription(
            kind: .templateBlock, layer: layer, count: count, alpha: values.first(of: "alpha") ?? 1,
            classes: perClass == 0 ? nil : (0..<count).map { $0 / perClass }, perClass: perClass == 0 ? nil : perClass)
    }

    private static func shapes(channels: Int, templates: Int, kernel: Int) -> [(name: String, shape: Shape)] {
        [("scores.weight", [templates, channels, kernel, kernel])] + NormalizationValues.shapes(templates)
            + [("semantics.weight", [channels, templates, 1, 1]), ("alpha", [1]), ("per_class", [1])]
    }

    public var tensors: [(name: String, tensor: Tensor)] {
        values.named(behind: description.name)
    }

    public var nodeNames: [String] {
        let name = description.name
        return ["scores", "bn", "matches", "semantics"].map { "\(name).\($0)" } + [name]
    }

    public func append(to graph: inout Graph, behind node: Int) -> Int {
        let templates = values["scores.weight"]
        let operations: [any Operation] = [
            Convolution(weights: templates, padding: .symmetric(templates.shape[2] / 2)), NormalizationValues.operation { values[$0] },
            Rectifier(.relu), CosineConvolution(kernels: values["semantics.weight"], gain: nil, factor: description.alpha),
        ]
        let names = nodeNames
        var last = node
        for (name, operation) in zip(names, operations) { last = graph.add(name, operation, last) }
        return graph.add(names[4], Sum(), node, last)
    }
}
