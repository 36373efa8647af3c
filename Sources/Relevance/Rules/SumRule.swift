import Diagnostics
public import Network
import Tensors

/// Shares relevance out among the values that were added up. Values that do not depend on the image, such as position
/// embeddings, get nothing.
public struct SumRule: RelevanceRule {
    public enum Measure: Sendable, Hashable {
        /// `R |x| / (|x| + |y|)`, half each where both are zero: VITAL's "pure skip" flow. Conserves, and keeps signs.
        case magnitude
        /// `R x / (x + y)`, stabilised: zennit's `Norm`.
        case proportion(Float)
    }

    public let measure: Measure

    public init(_ measure: Measure) { self.measure = measure }

    public var name: String { measure == .magnitude ? "split by magnitude" : "split in proportion" }

    public func way(through node: RuledNode) throws -> (any BackwardRule)? {
        let live = node.liveInputs
        let isDifference = (node.operation as? Arithmetic)?.function == .difference
        return Way(measure: measure, live: live, factors: node.node.inputs.indices.map { isDifference && $0 == 1 ? -1 : 1 })
    }

    private struct Way: BackwardRule {
        let measure: Measure
        let live: [Int]
        let factors: [Float]

        /// A sum with constants, and nothing else.
        var passesUnchanged: Bool { live.count <= 1 && factors.count == 1 }

        func prepare(_ operation: any Operation, _ preparation: Preparation) throws -> any Kernel {
            guard live.allSatisfy({ preparation.inputs[$0] == preparation.output }) else {
                throw Problem(
                    "no rule of relevance shares out a sum of \(preparation.inputs.map(\.description).joined(separator: " and "))",
                    remedy: "Choose a gradient composite, such as guided-backprop or gradient-x-input.")
            }
            return SumKernel(measure: measure, live: live, factors: factors, count: preparation.outputCount)
        }
    }
}

private struct SumKernel: Kernel {
    let measure: SumRule.Measure
    let live: [Int]
    let factors: [Float]
    let count: Int

    func blocksGradient(to input: Int) -> Bool { !live.contains(input) }
    func passesGradientUnchanged(to input: Int) -> Bool { live == [input] }
    func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(inputs: live) }

    func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
        let inputs = live.map { buffers.inputs[$0] }, factors = live.map { self.factors[$0] }
        let own = live.firstIndex(of: input) ?? 0
        let (relevance, target, count) = (buffers.outputGradient, buffers.inputGradient, count)
        switch measure {
        case .magnitude:
            return { _ in RelevanceLoops.splitByMagnitude(relevance, own, of: inputs, into: target, count: count) }
        case .proportion(let epsilon):
            return { _ in
                RelevanceLoops.splitBySign(
                    relevance, own, of: inputs, factors: factors, epsilon: epsilon, into: target, count: count)
            }
        }
    }
}
