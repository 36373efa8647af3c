import Network
import Tensors

/// A `TermRule` ready to run on given shapes, from the operation's own kernels with other weights.
struct TermKernel: Kernel {
    private struct Term {
        let term: TermRule.Term
        let kernel: any Kernel
        /// Where its sums may cancel, and nothing else makes up for it.
        let cancelled: CancelledSums?
    }

    private struct Group {
        let group: TermRule.Group
        let terms: [Term]
    }

    private let groups: [Group]
    /// The operation as it is, where signs of its outputs are asked.
    private let whole: (any Kernel)?
    private let stabilizer: Stabilizer
    private let inputCount: Int
    private let outputCount: Int
    private let input: Shape
    private let batch: Int
    private let layout: Layout
    private let range: PixelRange
    private let kernelBytes: Int
    private let kernelMemory: Int

    init(_ rule: TermRule, _ operation: any Operation, _ preparation: Preparation, _ range: PixelRange) throws {
        var preparation = preparation
        // The fast algorithms round more, and quotients of small numbers would show it.
        preparation.algorithms = nil
        preparation.precision = .float32
        groups = try rule.groups.map { group in
            Group(
                group: group,
                terms: try group.terms.compactMap { term in
                    try operation.taking(term).map { part in
                        Term(
                            term: term, kernel: try part.prepare(preparation),
                            cancelled: term.input == .all && group.terms.count == 1 ? CancelledSums(part, preparation) : nil)
                    }
                })
        }
        whole = try rule.groups.contains { $0.sign != nil } ? operation.alone.prepare(preparation) : nil
        stabilizer = rule.stabilizer
        inputCount = preparation.inputCount(0)
        outputCount = preparation.outputCount
        input = preparation.inputs[0]
        batch = preparation.batch
        layout = preparation.layouts[0]
        self.range = range
        let kernels = groups.flatMap { $0.terms.map(\.kernel) } + (whole.map { [$0] } ?? [])
        kernelBytes = kernels.map(\.scratchBytes).max() ?? 0
        kernelMemory = kernels.map(\.memoryBytes).max() ?? 0
    }

    private func bytes(_ count: Int) -> Int { (count * MemoryLayout<Float>.size).upToCacheLine }
    private var kernelPlace: Int { 2 * bytes(inputCount) + 3 * bytes(outputCount) }
    var scratchBytes: Int { kernelPlace + kernelBytes.upToCacheLine + kernelMemory }

    func pullbackReads(to input: Int) -> PullbackReads { PullbackReads(inputs: [0]) }

    func bindPullback(to input: Int, _ buffers: PullbackBuffers) throws -> BoundStep {
        let scratch = buffers.scratch
        func values(at offset: Int) -> Values { (scratch + offset).assumingMemoryBound(to: Float.self) }
        let part = values(at: 0), back = values(at: bytes(inputCount))
        let sum = values(at: 2 * bytes(inputCount)), single = values(at: 2 * bytes(inputCount) + bytes(outputCount))
        let signs = values(at: 2 * bytes(inputCount) + 2 * bytes(outputCount))
        let kernelScratch = scratch + kernelPlace
        let memory: UnsafeMutableRawPointer? = kernelMemory > 0 ? kernelScratch + kernelBytes.upToCacheLine : nil
        let source = buffers.inputs[0], relevance = buffers.outputGradient, result = buffers.inputGradient

        func forward(_ kernel: any Kernel, _ from: Values, _ to: Values) throws -> BoundStep {
            try kernel.bindForward(ForwardBuffers(inputs: [from], output: to, memory: memory, scratch: kernelScratch))
        }
        func pullback(_ kernel: any Kernel, _ from: Values, _ to: Values) throws -> BoundStep {
            try kernel.bindPullback(
                to: 0,
                PullbackBuffers(
                    outputGradient: from, inputGradient: to, inputs: [part], output: single, memory: memory, scratch: kernelScratch))
        }

        var steps: [BoundStep] = []
        if let whole { steps.append(try forward(whole, source, signs)) }
        var isFirst = true
        for group in groups {
            let isSingle = group.terms.count == 1
            for (number, term) in group.terms.enumerated() {
                if let write = writing(term.term.input, of: source, into: part) { steps.append(write) }
                let output = number == 0 ? sum : single
                steps.append(try forward(term.kernel, term.term.input == .all ? source : part, output))
                if let cancelled = term.cancelled { steps.append { _ in cancelled.refine(output, source) } }
                if number > 0 {
                    let (factor, count) = (term.term.factor, outputCount)
                    steps.append { _ in RelevanceLoops.add(single, factor: factor, to: sum, count: count) }
                }
            }
            guard !group.terms.isEmpty else { continue }
            let (stabilizer, count, share, sign) = (stabilizer, outputCount, group.group.share, group.group.sign)
            steps.append { _ in
                RelevanceLoops.divide(
                    relevance, by: sum, stabilizer, share: share, gate: sign == nil ? nil : signs, sign: sign ?? 1, count: count)
            }
            for term in group.terms {
                let direct = isSingle && isFirst && groups.count == 1
                if !isSingle, let write = writing(term.term.input, of: source, into: part) { steps.append(write) }
                steps.append(try pullback(term.kernel, sum, direct ? result : back))
                let (factor, count, adding) = (term.term.factor, inputCount, !isFirst)
                let (own, gradient) = (term.term.input == .all ? source : part, direct ? result : back)
                steps.append { _ in RelevanceLoops.multiply(own, gradient, factor: factor, into: result, adding: adding, count: count) }
                isFirst = false
            }
        }
        if isFirst {
            let count = inputCount
            steps.append { _ in result.update(repeating: 0, count: count) }
        }
        let all = steps
        return { stream in for step in all { try step(stream) } }
    }

    /// What writes a part of the input; nil where it is the input itself.
    private func writing(_ part: TermRule.InputPart, of source: Values, into target: Values) -> BoundStep? {
        let count = inputCount
        switch part {
        case .all: return nil
        case .lowest: return { _ in fill(target, range.lowest) }
        case .highest: return { _ in fill(target, range.highest) }
        default: return { _ in RelevanceLoops.write(part, of: source, into: target, count: count) }
        }
    }

    /// Every channel with its own value; channels past the last with zero.
    private func fill(_ target: Values, _ values: [Float]) {
        let area = input.dimensions.dropFirst().reduce(1, *)
        for image in 0..<batch {
            if layout == .plain {
                for channel in 0..<input[0] {
                    (target + (image * input[0] + channel) * area).update(repeating: channel < values.count ? values[channel] : 0, count: area)
                }
            } else {
                let blocks = Layout.blocks(input[0])
                for i in 0..<blocks * area * 16 {
                    let channel = i / (area * 16) * 16 + i % 16
                    target[image * blocks * area * 16 + i] = channel < values.count ? values[channel] : 0
                }
            }
        }
    }
}

extension Operation {
    /// The operation with the part of its weights that `term` speaks of; nil where there is none.
    fileprivate func taking(_ term: TermRule.Term) -> (any Operation)? {
        guard let weighted = self as? any WeightedOperation else {
            // A mean has weights too: they are positive.
            return term.weights == .negative ? nil : self
        }
        var weights = weighted.weights
        weights.values = weights.values.map { term.weights($0) }
        return weighted.with(weights: weights, offsets: term.keepsBias ? weighted.offsets?.map { term.weights($0) } : nil)
    }

    /// The operation with nothing behind it.
    fileprivate var alone: any Operation {
        guard let weighted = self as? any WeightedOperation else { return self }
        return weighted.with(weights: weighted.weights, offsets: weighted.offsets)
    }
}
