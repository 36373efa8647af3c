import Tensors

/// The tensors of a part that matches templates, by their names behind the part's own.
struct TemplateValues: Sendable {
    private let tensors: [String: Tensor]
    /// As a checkpoint has them.
    private let order: [String]

    init(_ tensors: [String: Tensor], order: [String]) {
        self.tensors = tensors
        self.order = order
    }

    /// From a checkpoint: tensors of `shapes` behind `prefix`; what does not fit is noted in `parameters`. Nil where values are not read.
    ///
    /// - Parameter records: what a checkpoint may have besides.
    init?(_ prefix: String, _ shapes: [(name: String, shape: Shape)], records: [String] = [], _ parameters: Parameters, readsValues: Bool) throws {
        var tensors: [String: Tensor] = [:]
        for (name, shape) in shapes { tensors[name] = try parameters.tensor(prefix + name, shape) }
        parameters.passesOver((["bn.num_batches_tracked"] + records).map { prefix + $0 })
        guard readsValues else { return nil }
        self.init(tensors, order: shapes.map(\.name))
    }

    /// Empty where there is none of that name.
    subscript(_ name: String) -> Tensor { tensors[name] ?? Tensor(zeros: [0]) }

    func has(_ name: String) -> Bool { tensors[name] != nil }

    /// The first value of a tensor; nil where there is none.
    func first(of name: String) -> Float? { tensors[name]?.values.first }

    /// All of them in order, as a checkpoint names those of the part `name`.
    func named(behind part: String) -> [(name: String, tensor: Tensor)] {
        order.compactMap { name in tensors[name].map { ("\(part).\(name)", $0) } }
    }
}
