import Tensors

extension Graph {
    /// The graph with sums and nonlinearities fused into the convolution before them, as far as that convolution's own
    /// result is not asked for (named in `kept`) and goes nowhere else.
    public func fusing(keeping kept: Set<String>) -> Graph {
        fusingSums(keeping: kept).fusingActivations(keeping: kept)
    }

    private func canAbsorb(_ position: Int, _ kept: Set<String>, _ consumers: [[Int]]) -> Bool {
        !kept.contains(nodes[position].name) && consumers[position].count == 1
    }

    /// The convolution that can take over the sum at `position`: the last of its inputs that qualifies, since what it adds
    /// must have been computed before.
    private func host(ofSum position: Int, _ kept: Set<String>, _ consumers: [[Int]]) -> Int? {
        let node = nodes[position]
        guard node.operation is Sum, node.inputs.count == 2, node.inputs[0] != node.inputs[1] else { return nil }
        let last = max(node.inputs[0], node.inputs[1])
        guard let convolution = nodes[last].operation as? Convolution, convolution.activation == nil, !convolution.adds,
            // What is added must be a blocked map; the image itself is not.
            min(node.inputs[0], node.inputs[1]) > 0, canAbsorb(last, kept, consumers)
        else { return nil }
        return last
    }

    private func fusingSums(keeping kept: Set<String>) -> Graph {
        let consumers = consumers
        var place: [Int: Int] = [:]
        return rewritten { position, node, inputs, graph in
            if let user = consumers[position].first, host(ofSum: user, kept, consumers) == position,
                var convolution = node.operation as? Convolution
            {
                let other = nodes[user].inputs.first { $0 != position } ?? 0
                guard let added = other == 0 ? 0 : place[other] else { return nil }
                convolution.adds = true
                convolution.activation = nodes[user].operation.activation
                let made = graph.add(nodes[user].name, convolution, inputs: inputs + [added])
                place[position] = made
                return made
            }
            if let host = host(ofSum: position, kept, consumers), let made = place[host] {
                place[position] = made
                return made
            }
            let made = graph.add(node.name, node.operation, inputs: inputs)
            place[position] = made
            return made
        }
    }

    private func fusingActivations(keeping kept: Set<String>) -> Graph {
        let consumers = consumers
        func absorbs(_ position: Int) -> Activation? {
            guard position > 0, canAbsorb(position, kept, consumers), nodes[position].operation.activation == nil,
                nodes[position].operation is Convolution || nodes[position].operation is Sum,
                let rectifier = nodes[consumers[position][0]].operation as? Rectifier
            else { return nil }
            return rectifier.activation
        }
        return rewritten { position, node, inputs, graph in
            if let activation = absorbs(position) {
                let name = nodes[consumers[position][0]].name
                if var convolution = node.operation as? Convolution {
                    convolution.activation = activation
                    return graph.add(name, convolution, inputs: inputs)
                }
                return graph.add(name, Sum(activation: activation), inputs: inputs)
            }
            if node.operation is Rectifier, absorbs(node.inputs[0]) != nil { return inputs[0] }
            return graph.add(node.name, node.operation, inputs: inputs)
        }
    }
}
