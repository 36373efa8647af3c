import Diagnostics
import Tensors

/// An operation bound to the values it learns, and to what is computed with it while training.
struct LearningOperation: Operation {
    let base: any TrainableOperation
    let buffers: LearnedBuffers
    var activation: Activation?
    var adds = false

    var kind: String { base.kind }
    var parameterCount: Int { base.parameterCount }
    var window: ReceptiveWindow { base.window }
    var role: OperationRole { base.role }

    /// What it takes without the sum: its input, unless it is a constant.
    private func own<Value>(_ inputs: [Value]) -> [Value] { Array(inputs.prefix(1)) }

    func outputShape(for inputs: [Shape]) throws -> Shape { try base.outputShape(for: own(inputs)) }

    func layouts(for inputs: [Shape], offered: [Layout]) -> LayoutChoice {
        var choice = base.layouts(for: own(inputs), offered: own(offered))
        if adds { choice.inputs.append(choice.output) }
        return choice
    }

    func channelAxis(for inputs: [Shape], axes: [Int], output: Shape) -> Int {
        base.channelAxis(for: own(inputs), axes: own(axes), output: output)
    }

    func operationCount(for inputs: [Shape], output: Shape) -> Int { base.operationCount(for: own(inputs), output: output) }

    func prepare(_ preparation: Preparation) throws -> any Kernel {
        try base.prepareTraining(preparation, buffers, adds: adds, activation: activation)
    }
}

extension Graph {
    /// The graph in which what can learn does so from `values`, with sums and nonlinearities behind it joined to it where that is
    /// possible and they are not asked for (named in `kept`). Throws a `Problem` when the values are another graph's.
    func learning(_ values: LearnedValues, keeping kept: Set<String>) throws -> Graph {
        var bound: [Int: LearningOperation] = [:]
        for (position, node) in nodes.enumerated() {
            guard let operation = node.operation as? any TrainableOperation, !operation.learned.isEmpty else { continue }
            guard let buffers = values.buffers(of: node.name, operation) else {
                throw Problem("Layer \(node.name) is not among the layers whose values are learned")
            }
            bound[position] = LearningOperation(base: operation, buffers: buffers)
        }
        // What each node that joins others ends as; of nodes that are joined to another, which; and what it adds.
        let consumers = consumers
        var ends: [Int: Int] = [:], hosts: [Int: Int] = [:], added: [Int: Int] = [:]
        for position in nodes.indices where bound[position]?.base.absorbsInTraining == true {
            var end = position
            var user: Int? { consumers[end].count == 1 && !kept.contains(nodes[end].name) ? consumers[end][0] : nil }
            if let sum = user, nodes[sum].operation is Sum, nodes[sum].operation.activation == nil, nodes[sum].inputs.count == 2,
                // What is added must have been computed before, as a blocked map; the image is not.
                let other = nodes[sum].inputs.first(where: { $0 != end }), (1..<position).contains(other)
            {
                bound[position]?.adds = true
                added[position] = other
                hosts[sum] = position
                end = sum
            }
            if let rectifier = user, let operation = nodes[rectifier].operation as? Rectifier {
                bound[position]?.activation = operation.activation
                hosts[rectifier] = position
                end = rectifier
            }
            ends[position] = end
        }
        var place: [Int: Int] = [:]
        return rewritten { position, node, inputs, graph in
            let made: Int?
            if let host = hosts[position] {
                made = place[host]
            } else if let operation = bound[position] {
                let other = added[position].flatMap { place[$0] }
                made = graph.add(
                    nodes[ends[position] ?? position].name, operation, inputs: inputs + (other.map { [$0] } ?? []))
            } else {
                made = graph.add(node.name, node.operation, inputs: inputs)
            }
            place[position] = made
            return made
        }
    }
}
