public import Network
import Tensors

/// A softmax by its first-order Taylor expansion at its input `x`, with what the constant term takes left out: `R_x = x (R - s sum R)`, sums along
/// the softmax's axis (Achtibat et al. 2024, "AttnLRP", ICML, proposition 3.1). It does not conserve.
public struct SoftmaxRule: RelevanceRule {
    public init() {}

    public var name: String { "Taylor" }

    public func way(through node: RuledNode) -> (any BackwardRule)? { Way() }

    private struct Way: BackwardRule {
        var passesUnchanged: Bool { false }

        func prepare(_ operation: any Operation, _ preparation: Preparation) throws -> any Kernel {
            SoftmaxRuleKernel(softmax: try operation.prepare(preparation), count: preparation.outputCount)
        }
    }
}

private struct SoftmaxRuleKernel: Kernel {
    let softmax: any Kernel
    let count: Int

    private var ratioBytes: Int { (count * MemoryLayout<Float>.size).upToCacheLine }
    var scratchBytes: Int { ratioBytes + softmax.scratchBytes }

    func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(inputs: [0], output: true) }

    func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
        let ratios = buffers.scratch.assumingMemoryBound(to: Float.self)
        let pullback = try softmax.bindPullback(
            to: input,
            PullbackBuffers(
                outputGradient: ratios, inputGradient: buffers.inputGradient, inputs: buffers.inputs, output: buffers.output, memory: nil,
                scratch: buffers.scratch + ratioBytes))
        let (output, relevance, source, result, count) = (buffers.output, buffers.outputGradient, buffers.inputs[0], buffers.inputGradient, count)
        return { stream in
            // The softmax's derivative is s (g - sum s g): of g = R / s it is R - s sum R. What is masked out has no weight, and no relevance.
            ratios.update(from: output, count: count)
            RelevanceLoops.divide(relevance, by: ratios, .added(1e-30), count: count)
            try pullback(stream)
            RelevanceLoops.multiplyWhereNotZero(source, result, count: count)
        }
    }
}
