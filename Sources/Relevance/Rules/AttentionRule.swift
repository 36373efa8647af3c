import Diagnostics
public import Network
import Tensors

/// The product of attention weights and values: the weights count as constants, and the values share the relevance in
/// proportion to `A_ij |V_j|`, `R_V = |V| A^T (R / (A |V| + epsilon))`. Conserves whatever the signs (after Ali et al. 2022,
/// whose denominator `A V` can vanish).
public struct AttentionRule: RelevanceRule {
    public init() {}

    public var name: String { "through the values" }

    public func way(through node: RuledNode) throws -> (any BackwardRule)? {
        let weights = node.node.inputs.indices.filter { Self.comesFromSoftmax(node.node.inputs[$0], node.graph) }
        // Queries and keys make nothing but weights.
        if weights.isEmpty && Self.goesToSoftmaxOnly(node.position, node.graph) { return BlockingRule() }
        guard weights.count == 1 else {
            throw Problem(
                "Layer \(node.node.name): no rule of relevance passes a matrix product without a softmax on one side",
                remedy: "Choose a gradient composite, such as guided-backprop or gradient-x-input.")
        }
        return Way(values: 1 - weights[0])
    }

    /// True when the values are a softmax's, moved about at most.
    private static func comesFromSoftmax(_ position: Int, _ graph: Graph) -> Bool {
        var position = position
        while graph.nodes[position].operation.role == .rearrangement, graph.nodes[position].inputs.count == 1 {
            position = graph.nodes[position].inputs[0]
        }
        return graph.nodes[position].operation.role == .softmax
    }

    /// True when a softmax stands on every way onward, before any other mixture of values.
    private static func goesToSoftmaxOnly(_ position: Int, _ graph: Graph) -> Bool {
        let consumers = graph.consumers
        var pending = consumers[position], seen: Set<Int> = []
        guard !pending.isEmpty else { return false }
        while let next = pending.popLast() {
            guard seen.insert(next).inserted else { continue }
            switch graph.nodes[next].operation.role {
            case .softmax: continue
            case .rearrangement, .sum, .product, .activation, .normalization:
                guard !consumers[next].isEmpty else { return false }
                pending += consumers[next]
            default: return false
            }
        }
        return true
    }

    private struct Way: BackwardRule {
        let values: Int
        var passesUnchanged: Bool { false }

        func prepare(_ operation: any Operation, _ preparation: Preparation) throws -> any Kernel {
            AttentionKernel(
                values: values, product: try operation.prepare(preparation), valueCount: preparation.inputCount(values),
                outputCount: preparation.outputCount)
        }
    }
}

private struct AttentionKernel: Kernel {
    let values: Int
    let product: any Kernel
    let valueCount: Int
    let outputCount: Int

    private func bytes(_ count: Int) -> Int { (count * MemoryLayout<Float>.size).upToCacheLine }
    var scratchBytes: Int { bytes(valueCount) + bytes(outputCount) + product.scratchBytes }

    func blocksGradient(to input: Int) -> Bool { input != values }
    func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(inputs: [0, 1]) }

    func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
        let magnitudes = buffers.scratch.assumingMemoryBound(to: Float.self)
        let sums = (buffers.scratch + bytes(valueCount)).assumingMemoryBound(to: Float.self)
        let scratch = buffers.scratch + bytes(valueCount) + bytes(outputCount)
        let (source, relevance, result) = (buffers.inputs[values], buffers.outputGradient, buffers.inputGradient)
        var inputs = buffers.inputs
        inputs[values] = magnitudes
        let forward = try product.bindForward(ForwardBuffers(inputs: inputs, output: sums, memory: nil, scratch: scratch))
        let pullback = try product.bindPullback(
            to: values,
            PullbackBuffers(outputGradient: sums, inputGradient: result, inputs: inputs, output: sums, memory: nil, scratch: scratch))
        let (valueCount, outputCount) = (valueCount, outputCount)
        return { stream in
            RelevanceLoops.write(.magnitude, of: source, into: magnitudes, count: valueCount)
            try forward(stream)
            RelevanceLoops.divide(relevance, by: sums, .added(1e-9), count: outputCount)
            try pullback(stream)
            RelevanceLoops.multiply(magnitudes, result, factor: 1, into: result, adding: false, count: valueCount)
        }
    }
}
