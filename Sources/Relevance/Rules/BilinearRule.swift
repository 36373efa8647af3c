public import Network
import Tensors

/// A product of two matrices that both depend on the image: each value's part of the result in proportion, and half of it to either factor,
/// `R_A = A * ((R / (2 O + epsilon)) B^T)`, and the same for `B` (Achtibat et al. 2024, "AttnLRP: Attention-Aware Layer-Wise Relevance
/// Propagation for Transformers", ICML, proposition 3.3: epsilon, then uniform).
public struct BilinearRule: RelevanceRule {
    public let epsilon: Float

    public init(epsilon: Float = 1e-6) { self.epsilon = epsilon }

    public var name: String { "half to either factor" }

    public func way(through node: RuledNode) -> (any BackwardRule)? { Way(epsilon: epsilon, live: node.liveInputs) }

    private struct Way: BackwardRule {
        let epsilon: Float
        let live: [Int]
        var passesUnchanged: Bool { false }

        func prepare(_ operation: any Operation, _ preparation: Preparation) throws -> any Kernel {
            BilinearKernel(
                epsilon: epsilon, live: live, product: try operation.prepare(preparation),
                counts: preparation.inputs.indices.map { preparation.inputCount($0) }, outputCount: preparation.outputCount)
        }
    }
}

private struct BilinearKernel: Kernel {
    let epsilon: Float
    let live: [Int]
    let product: any Kernel
    let counts: [Int]
    let outputCount: Int

    private var shareBytes: Int { (outputCount * MemoryLayout<Float>.size).upToCacheLine }
    var scratchBytes: Int { shareBytes + product.scratchBytes }

    func blocksGradient(to input: Int) -> Bool { !live.contains(input) }
    func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(inputs: [0, 1], output: true) }

    func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
        let shares = buffers.scratch.assumingMemoryBound(to: Float.self)
        let pullback = try product.bindPullback(
            to: input,
            PullbackBuffers(
                outputGradient: shares, inputGradient: buffers.inputGradient, inputs: buffers.inputs, output: buffers.output, memory: nil,
                scratch: buffers.scratch + shareBytes))
        let (output, relevance, source, result) = (buffers.output, buffers.outputGradient, buffers.inputs[input], buffers.inputGradient)
        let (count, outputCount, parts, epsilon) = (counts[input], outputCount, Float(live.count), epsilon)
        return { stream in
            shares.update(from: output, count: outputCount)
            // R / (2 O + epsilon) is half of R / (O + epsilon / 2).
            RelevanceLoops.divide(relevance, by: shares, .signed(epsilon / parts), share: 1 / parts, count: outputCount)
            try pullback(stream)
            RelevanceLoops.multiply(source, result, factor: 1, into: result, adding: false, count: count)
        }
    }
}
