import Tensors

/// Lays out ways back through a graph whose forward pass is laid out.
struct PassPlanner {
    let graph: Graph
    /// Of every node's values.
    let bytes: [Int]
    /// Where every node's values are, what its kernel notes for the way back, and where its activation had slope if bits tell that.
    let results: [Plan.Buffer]
    let memories: [Plan.Buffer?]
    let slopes: [Int: Plan.Buffer]
    let kernels: [(any Kernel)?]

    /// Adds the steps of one way back to `schedule`: contributions to each node are collected when its turn comes, in reverse order.
    ///
    /// - Parameters:
    ///   - seeds: layers at which the caller writes what flows back. Without any, nothing is added.
    ///   - readers: layers at which the caller reads what arrives.
    ///   - reached: by node, whether anything that flows to it is of use to anybody.
    ///   - way: how a node is passed that has a rule; the others are passed by their derivative, learning on the way.
    /// - Throws: a `Problem` where a layer does not exist.
    func pass(
        from seeds: [String], to readers: [String], reaching reached: [Bool], in schedule: inout Schedule, way: (Int) -> RuledWay? = { _ in nil }
    ) throws -> Plan.Pass {
        var pass = Plan.Pass()
        guard !seeds.isEmpty else { return pass }
        let readNodes = Set(try readers.map { try graph.node(named: $0) })
        let first = schedule.steps.count
        var contributions = [[Plan.Buffer]](repeating: [], count: graph.nodes.count)
        for name in seeds {
            let node = try graph.node(named: name)
            if pass.seeds[node] == nil {
                let seed = schedule.buffer(bytes[node])
                pass.seeds[node] = seed
                // The caller writes it before the pass.
                schedule.use(seed)
                contributions[node].append(seed)
            }
        }
        schedule.gap()
        for position in graph.nodes.indices.reversed() where !contributions[position].isEmpty {
            let node = graph.nodes[position], rule = way(position)
            if readNodes.contains(position) || position == 0 {
                // Asked for by itself, before the activation is taken off.
                let sum = schedule.buffer(bytes[position])
                schedule.append(.collect(contributions[position], node: position, through: nil, into: sum))
                pass.results[position] = sum
                contributions[position] = [sum]
            }
            if position == 0 { break }
            var gradient = contributions[position][0]
            let throughActivation = node.operation.activation != nil && rule == nil
            if contributions[position].count > 1 || throughActivation {
                gradient = schedule.buffer(bytes[position])
                schedule.append(
                    .collect(
                        contributions[position], node: position,
                        through: throughActivation ? slopes[position].map { .slopes($0) } ?? .results(results[position]) : nil, into: gradient))
            }
            pullBack(gradient, through: position, rule, reaching: reached, &contributions, &schedule)
        }
        pass.steps = Array(schedule.steps[first...])
        // Read by the caller after the pass.
        for buffer in pass.results.values { schedule.use(buffer) }
        return pass
    }

    /// Adds what leads from a node's `gradient` to those of its learned values and of its inputs.
    private func pullBack(
        _ gradient: Plan.Buffer, through position: Int, _ rule: RuledWay?, reaching reached: [Bool], _ contributions: inout [[Plan.Buffer]],
        _ schedule: inout Schedule
    ) {
        let node = graph.nodes[position], inputs = node.inputs.map { results[$0] }, output = results[position], memory = memories[position]
        let kernel: (any Kernel)?
        switch rule {
        case .kernel(let own): kernel = own
        case .unchanged: kernel = nil
        case nil: kernel = kernels[position]
        }
        func read(_ reads: PullbackReads) -> [Plan.Buffer] { reads.inputs.map { inputs[$0] } + (reads.output ? [output] : []) }
        if rule == nil, let trained = kernel as? any TrainingKernel {
            schedule.append(
                .learn(node: position, gradient: gradient, inputs: inputs, output: output, memory: memory), reading: read(trained.learningReads))
        }
        for (number, input) in node.inputs.enumerated() where reached[input] {
            if case .unchanged = rule {
                contributions[input].append(gradient)
            } else if rule == nil && node.operation.passesGradientUnchanged || kernel?.passesGradientUnchanged(to: number) == true {
                contributions[input].append(gradient)
            } else if kernel?.blocksGradient(to: number) != true {
                let made = schedule.buffer(bytes[input])
                schedule.append(
                    .pullback(
                        node: position, input: number, ruled: rule != nil, gradient: gradient, into: made, inputs: inputs, output: output,
                        memory: memory),
                    reading: read(kernel?.pullbackReads(to: number) ?? .nothing))
                contributions[input].append(made)
            }
        }
    }
}
