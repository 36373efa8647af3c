import Diagnostics
public import Tensors

/// A graph made ready to run on batches of one shape: rewritten, its kernels generated, its buffers laid out.
///
/// A plan holds no state of a run and is shared by all `Workspace`s. The gradient goes to feature maps and the image, or, in a plan
/// that trains, to learned values; such a plan works for one workspace.
public final class Plan: Sendable {
    /// A buffer's number in the plan.
    typealias Buffer = Int

    enum Step {
        case forward(node: Int, inputs: [Buffer], output: Buffer, memory: Buffer?)
        /// Notes where a node's activation has slope.
        case slopes(node: Int, of: Buffer, into: Buffer)
        /// Adds up gradients that reach a node from its users and the caller, and takes its activation off.
        case collect([Buffer], node: Int, through: ActivationTrace?, into: Buffer)
        /// `inputs` and `output` are those of the forward pass; only what the kernel's `pullbackReads` names is kept until here.
        /// `ruled` where it is the node's rule that runs, and not its derivative.
        case pullback(
            node: Int, input: Int, ruled: Bool, gradient: Buffer, into: Buffer, inputs: [Buffer], output: Buffer, memory: Buffer?)
        /// Writes the gradients of a node's learned values; `inputs` and `output` as above.
        case learn(node: Int, gradient: Buffer, inputs: [Buffer], output: Buffer, memory: Buffer?)
    }

    /// What tells where an activation had slope: its results, or a bit for each of them, so that results that nobody else needs leave
    /// their memory to others.
    enum ActivationTrace {
        case results(Buffer)
        case slopes(Buffer)
    }

    /// One way back: its steps, and by node where the caller writes and reads.
    struct Pass {
        var steps: [Step] = []
        var seeds: [Int: Buffer] = [:]
        var results: [Int: Buffer] = [:]
    }

    public let request: Request
    let graph: Graph
    let shapes: [Shape]
    /// Of every node's output.
    let layouts: [Layout]
    let kernels: [(any Kernel)?]
    let forward: [Step]
    /// By node of `graph`, for the layers that may be edited: the steps of `forward` that depend on it, in order.
    let dependents: [Int: [Int]]
    let backward: Pass
    let flow: Pass?
    let offsets: [Int]
    /// Of each buffer; 0 where another took its place.
    let bufferBytes: [Int]
    /// What the buffers of a workspace take.
    public let arenaBytes: Int
    let scratchBytes: Int
    /// By node of `graph`.
    let activationBuffers: [Int: Buffer]
    /// By node of `graph`: how what flows back passes it.
    let ruleKernels: [Int: any Kernel]

    /// Prepares `graph`. Throws a `Problem` when a layer does not exist or shapes do not fit.
    public init(_ graph: Graph, _ request: Request) throws {
        OneDNN.useThreads(request.threads)
        let flows = request.flow.map { $0.seeds + $0.results } ?? []
        let asked = request.activations + request.edited + request.seeds + request.gradients + flows
        // A name may be another's: `layer2` is the last nonlinearity in it.
        func nodes(_ names: [String]) throws -> Set<String> { Set(try names.map { graph.nodes[try graph.node(named: $0)].name }) }
        let kept = try nodes(asked), passed = try nodes(request.edited + request.gradients)
        let cut = try graph.cut(to: asked)
        let needed = request.learned == nil ? cut.withPlainConvolutions() : cut
        // Before layers are fused, so that a problem names the layer as the checkpoint does.
        _ = try needed.shapes(input: request.input)
        let ordered = request.fuses ? try needed.keepingChannelsFirst(keeping: kept, input: request.input) : needed
        let rules = RuledNodes(ordered, request.flow)
        let rewritten: Graph
        if let learned = request.learned {
            rewritten = try needed.learning(learned, keeping: kept)
        } else if request.fuses {
            let unfused = kept.union(rules.kept)
            rewritten = ordered.foldingBatchNormalization(keeping: unfused).fusing(keeping: unfused)
        } else {
            rewritten = ordered
        }
        // What learns, and rules of relevance, read blocks of sixteen.
        let narrowing = request.narrowsMaps && request.fuses && request.learned == nil && request.flow == nil && request.precision == .float32
        let (graph, layouts) = try rewritten.placingLayoutChanges(input: request.input, asked: kept, passed: passed, narrowing: narrowing)
        let shapes = try graph.shapes(input: request.input)
        let ruled = rules.resolved(after: rewritten, in: graph)
        let isDifferentiated = try graph.areBefore(request.seeds)
        let isFlownThrough = try graph.areBefore(request.flow?.seeds ?? [])
        // In training the gradient is followed to what learns, or is read, and no farther.
        let readers = Set(try request.gradients.map { try graph.node(named: $0) })
        var leadsToLearned = [readers.contains(0)]
        for (position, node) in graph.nodes.enumerated().dropFirst() {
            leadsToLearned.append(
                node.operation is LearningOperation || readers.contains(position) || node.inputs.contains { leadsToLearned[$0] })
        }

        var kernels: [(any Kernel)?] = [nil], ruleKernels: [Int: any Kernel] = [:]
        for (position, node) in graph.nodes.enumerated().dropFirst() {
            if node.operation.isView {
                kernels.append(nil)
                continue
            }
            let rule = ruled[position]
            var preparation = Preparation(
                batch: request.batch, inputs: node.inputs.map { shapes[$0] }, layouts: node.inputs.map { layouts[$0] },
                output: shapes[position], outputLayout: layouts[position],
                wantsGradient: isDifferentiated[position] && (request.learned == nil || node.inputs.contains { leadsToLearned[$0] })
                    || isFlownThrough[position] && rule == nil,
                algorithms: request.algorithms, precision: request.precision)
            kernels.append(try node.operation.prepare(preparation))
            if let rule, isFlownThrough[position], !rule.rule.passesUnchanged {
                preparation.wantsGradient = true
                do {
                    ruleKernels[position] = try rule.rule.prepare(rule.operation, preparation)
                } catch let problem as Problem {
                    throw Problem("Layer \(node.name): \(problem.summary)", explanation: problem.explanation, remedy: problem.remedy)
                }
            }
        }

        var schedule = Schedule()
        func bytes(_ node: Int) -> Int {
            layouts[node].count(batch: request.batch, shapes[node]) * MemoryLayout<Float>.size
        }

        // Forward: every node in order.
        var results = [Buffer](repeating: 0, count: graph.nodes.count)
        var memories = [Buffer?](repeating: nil, count: graph.nodes.count)
        var slopes: [Int: Buffer] = [:]
        // Where values are learned or rules run, results are needed by others anyway.
        let notesSlopes = request.learned == nil && request.flow == nil && request.edited.isEmpty
        let read = Set(try request.activations.map { try graph.node(named: $0) })
        results[0] = schedule.buffer(bytes(0))
        schedule.use(results[0])
        for (position, node) in graph.nodes.enumerated().dropFirst() {
            if node.operation.isView {
                results[position] = results[node.inputs[0]]
                continue
            }
            results[position] = schedule.buffer(bytes(position))
            if isDifferentiated[position] || isFlownThrough[position], let size = kernels[position]?.memoryBytes, size > 0 {
                memories[position] = schedule.buffer(size)
            }
            schedule.append(
                .forward(
                    node: position, inputs: node.inputs.map { results[$0] }, output: results[position],
                    memory: memories[position]))
            if notesSlopes, isDifferentiated[position], node.operation.activation != nil, !read.contains(position) {
                let bits = schedule.buffer(ActivationSlopes.bytes(for: bytes(position)))
                slopes[position] = bits
                schedule.append(.slopes(node: position, of: results[position], into: bits))
            }
        }
        let forwardCount = schedule.steps.count
        let edits = try request.edited.map { try EditedNode($0, in: graph, results: results, steps: schedule.steps) }

        // Constants take no gradient. What flows back by rules is followed to where somebody asks for it, and no farther.
        let sinks = Set(try request.flow?.results.map { try graph.node(named: $0) } ?? [])
        var dependsOnImage = [true], leadsToSink = [sinks.contains(0)]
        for (position, node) in graph.nodes.enumerated().dropFirst() {
            dependsOnImage.append(node.inputs.contains { dependsOnImage[$0] })
            leadsToSink.append(node.inputs.contains { leadsToSink[$0] } || sinks.contains(position))
        }
        let planner = PassPlanner(
            graph: graph, bytes: graph.nodes.indices.map(bytes), results: results, memories: memories, slopes: slopes, kernels: kernels)
        let ranges = (
            flow: try request.flow.map {
                try planner.pass(from: $0.seeds, to: $0.results, reaching: leadsToSink, in: &schedule) { position in
                    guard let rule = ruled[position] else { return nil }
                    return rule.rule.passesUnchanged ? .unchanged : ruleKernels[position].map { .kernel($0) }
                }
            },
            backward: try planner.pass(
                from: request.seeds, to: request.gradients, reaching: request.learned == nil ? dependsOnImage : leadsToLearned, in: &schedule))
        let end = schedule.time
        // Run again after everything else.
        for buffer in edits.flatMap(\.lasting) { schedule.use(buffer, at: end) }
        var activationBuffers: [Int: Buffer] = [:]
        for name in request.activations + request.edited {
            let node = try graph.node(named: name)
            activationBuffers[node] = results[node]
            schedule.use(results[node], at: end)
        }
        var flow = ranges.flow, backward = ranges.backward
        let readLast = Set(backward.results.values).union(flow?.results.values.map { $0 } ?? [])
        for buffer in backward.results.values { schedule.use(buffer, at: end) }
        for seed in (request.renewsSeeds ? [] : Array(backward.seeds.values)) + (flow.map { Array($0.seeds.values) } ?? []) { schedule.pin(seed) }
        // The image is written by the caller before every run.
        schedule.pin(results[0])
        schedule.collectInPlace(keeping: Set(activationBuffers.values).union(readLast))
        let flowCount = flow?.steps.count ?? 0
        flow?.steps = Array(schedule.steps[forwardCount..<forwardCount + flowCount])
        backward.steps = Array(schedule.steps[(forwardCount + flowCount)...])

        let layout = BufferLayout(schedule.requests)
        offsets = layout.offsets
        bufferBytes = schedule.requests.map(\.bytes)
        arenaBytes = layout.bytes
        scratchBytes = (kernels.compactMap { $0 } + ruleKernels.values).map(\.scratchBytes).max() ?? 0
        forward = Array(schedule.steps[..<forwardCount])
        dependents = Dictionary(edits.map { ($0.node, $0.dependents) }) { first, _ in first }
        self.backward = backward
        self.flow = flow
        self.request = request
        self.graph = graph
        self.shapes = shapes
        self.layouts = layouts
        self.kernels = kernels
        self.ruleKernels = ruleKernels
        self.activationBuffers = activationBuffers
    }

    /// The shape (C x H x W) of a layer that was asked for.
    public func shape(of layer: String) throws -> Shape {
        let shape = shapes[try graph.node(named: layer)]
        return shape.map ?? shape
    }

    /// True when `layer`, which may be edited, can change what `other` is, which was asked for.
    public func isEditable(_ layer: String, changing other: String) throws -> Bool {
        let node = try graph.node(named: other)
        return dependents[try graph.node(named: layer)]?.contains { forward[$0].output == activationBuffers[node] } ?? false
    }

    /// True when a gradient reaches `layer`, which was asked for: it lies before some seed.
    public func hasGradient(of layer: String) -> Bool {
        graph.index[layer].map { backward.results[$0] != nil } ?? false
    }
}

extension Plan {
    /// True when something flows back to `layer`, which was asked for.
    public func hasFlow(to layer: String) -> Bool {
        graph.index[layer].map { flow?.results[$0] != nil } ?? false
    }
}
