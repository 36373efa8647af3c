import Tensors

/// Numbers for operators that are written as operations only: the operations are run once, on constants.
enum ConstantEvaluation {
    /// What `lower` makes of a call whose operands are all constant.
    /// - Throws: `Problem` when the operands do not fit.
    static func results(_ call: ONNXCall, _ lower: ONNXOperators.Lowering) throws -> [ConstantTensor] {
        // The image stands there unused.
        var draft = NetworkDraft(image: [1])
        let values = try lower(call, &draft)
        var graph = Graph()
        for (number, node) in draft.nodes.enumerated().dropFirst() { graph.add("\(number)", node.operation, inputs: node.inputs) }
        // As rows: a plan shows maps with their channels first, wherever they lie.
        var rows: [Int: String] = [:]
        for case .image(let image) in values where rows[image.node] == nil {
            let name = "row \(image.node)"
            graph.add(name, Reshaping(to: [draft.shape(image.node).count]), image.node)
            rows[image.node] = name
        }
        let names = rows.values.sorted()
        let plan = try Plan(graph, .init(batch: 1, input: [1], activations: names, fuses: false))
        let workspace = try Workspace(plan)
        try workspace.forward()
        return try values.map { value in
            switch value {
            case .constant(let constant): constant
            case .image(let image):
                ConstantTensor(
                    dimensions: image.dimensions,
                    floats: try workspace.activationTensor(of: rows[image.node] ?? Graph.inputName).values)
            }
        }
    }
}
