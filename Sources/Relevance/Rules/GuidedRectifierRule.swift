public import Network
import Tensors

/// The gradient of a ReLU where it is positive: guided backpropagation (Springenberg et al. 2015). Other activations pass by
/// their derivative.
public struct GuidedRectifierRule: RelevanceRule {
    public init() {}

    public var name: String { "guided" }

    public func way(through node: RuledNode) -> (any BackwardRule)? {
        node.operation.activation.map { Way(upper: $0.upperBound) }
    }

    private struct Way: BackwardRule {
        let upper: Float
        var passesUnchanged: Bool { false }

        func prepare(_ operation: any Operation, _ preparation: Preparation) throws -> any Kernel {
            GuidedKernel(upper: upper, count: preparation.outputCount)
        }
    }

    private struct GuidedKernel: Kernel {
        let upper: Float
        let count: Int

        func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(output: true) }

        func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
            let (upper, count) = (upper, count)
            let (relevance, output, target) = (buffers.outputGradient, buffers.output, buffers.inputGradient)
            return { _ in RelevanceLoops.rectify(relevance, where: output, below: upper, into: target, count: count) }
        }
    }
}
