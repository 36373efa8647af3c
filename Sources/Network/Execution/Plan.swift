import Diagnostics
public import Tensors

/// A graph made ready to run on batches of one shape: rewritten, its kernels generated, its buffers laid out.
///
/// A plan holds no state of a run and is shared by all `Workspace`s. The gradient goes to feature maps and the image only;
/// no gradient of a weight is ever computed here.
public final class Plan: Sendable {
    /// What to run and what to keep of it.
    public struct Request: Sendable {
        public var batch: Int
        /// C x H x W of one image.
        public var input: Shape
        /// Layers whose activations can be read after the forward pass.
        public var activations: [String]
        /// Layers at which the caller writes the gradient of its loss before the backward pass. Empty: no backward pass.
        public var seeds: [String]
        /// Layers whose gradients can be read after the backward pass; `input` is always among them.
        public var gradients: [String]
        /// Threads inside one operation.
        public var threads: Int
        /// True to fold batch normalisation into convolutions and to fuse sums and activations: faster, and rounded in another
        /// order. False computes operation by operation, as the checkpoint defines them.
        public var fuses: Bool
        /// Which algorithm each convolution uses; nil is the direct one for all, which rounds least.
        public var algorithms: AlgorithmChoices?
        /// What convolutions multiply.
        public var precision: Precision

        public init(
            batch: Int, input: Shape, activations: [String] = [], seeds: [String] = [], gradients: [String] = [],
            threads: Int = 1, fuses: Bool = true, algorithms: AlgorithmChoices? = nil, precision: Precision = .float32
        ) {
            self.batch = batch
            self.input = input
            self.activations = activations
            self.seeds = seeds
            self.gradients = gradients
            self.threads = threads
            self.fuses = fuses
            self.algorithms = algorithms
            self.precision = precision
        }
    }

    /// A buffer's number in the plan.
    typealias Buffer = Int

    enum Step {
        case forward(node: Int, inputs: [Buffer], output: Buffer, memory: Buffer?)
        /// Adds up gradients that reach a node from its users and the caller, and takes its activation off.
        case collect([Buffer], node: Int, results: Buffer?, into: Buffer)
        /// `inputs` and `output` are those of the forward pass; only what the kernel's `pullbackReads` names is kept until here.
        case pullback(node: Int, input: Int, gradient: Buffer, into: Buffer, inputs: [Buffer], output: Buffer, memory: Buffer?)
    }

    public let request: Request
    let graph: Graph
    let shapes: [Shape]
    /// Of every node's output.
    let layouts: [Layout]
    let kernels: [(any Kernel)?]
    let forward: [Step]
    let backward: [Step]
    let offsets: [Int]
    /// Of each buffer; 0 where another took its place.
    let bufferBytes: [Int]
    let arenaBytes: Int
    let scratchBytes: Int
    /// By node of `graph`.
    let activationBuffers: [Int: Buffer]
    let seedBuffers: [Int: Buffer]
    let gradientBuffers: [Int: Buffer]

    /// Prepares `graph`. Throws a `Problem` when a layer does not exist or shapes do not fit.
    public init(_ graph: Graph, _ request: Request) throws {
        OneDNN.useThreads(request.threads)
        let asked = request.activations + request.seeds + request.gradients
        let kept = Set(try asked.map { graph.nodes[try graph.node(named: $0)].name })
        let needed = try graph.cut(to: asked)
        // Before layers are fused, so that a problem names the layer as the checkpoint does.
        _ = try needed.shapes(input: request.input)
        let rewritten =
            request.fuses
            ? try needed.keepingChannelsFirst(keeping: kept, input: request.input).foldingBatchNormalization(keeping: kept)
                .fusing(keeping: kept) : needed
        let (graph, layouts) = try rewritten.placingLayoutChanges(input: request.input, asked: kept)
        let shapes = try graph.shapes(input: request.input)
        let wantsGradient = !request.seeds.isEmpty

        var kernels: [(any Kernel)?] = [nil]
        for (position, node) in graph.nodes.enumerated().dropFirst() {
            if node.operation.isView {
                kernels.append(nil)
                continue
            }
            kernels.append(
                try node.operation.prepare(
                    Preparation(
                        batch: request.batch, inputs: node.inputs.map { shapes[$0] }, layouts: node.inputs.map { layouts[$0] },
                        output: shapes[position], outputLayout: layouts[position], wantsGradient: wantsGradient,
                        algorithms: request.algorithms, precision: request.precision)))
        }

        var schedule = Schedule()
        func bytes(_ node: Int) -> Int {
            layouts[node].count(batch: request.batch, shapes[node]) * MemoryLayout<Float>.size
        }

        // Forward: every node in order.
        var results = [Buffer](repeating: 0, count: graph.nodes.count)
        var memories = [Buffer?](repeating: nil, count: graph.nodes.count)
        results[0] = schedule.buffer(bytes(0))
        schedule.use(results[0])
        for (position, node) in graph.nodes.enumerated().dropFirst() {
            if node.operation.isView {
                results[position] = results[node.inputs[0]]
                continue
            }
            results[position] = schedule.buffer(bytes(position))
            if wantsGradient, let size = kernels[position]?.memoryBytes, size > 0 { memories[position] = schedule.buffer(size) }
            schedule.append(
                .forward(
                    node: position, inputs: node.inputs.map { results[$0] }, output: results[position],
                    memory: memories[position]))
        }
        let forwardCount = schedule.steps.count
        var activationBuffers: [Int: Buffer] = [:], seedBuffers: [Int: Buffer] = [:], gradientBuffers: [Int: Buffer] = [:]

        // Constants take no gradient.
        var dependsOnImage = [true]
        for node in graph.nodes.dropFirst() { dependsOnImage.append(node.inputs.contains { dependsOnImage[$0] }) }

        // Backward: contributions to each node's gradient are collected when its turn comes, in reverse order.
        var contributions = [[Buffer]](repeating: [], count: graph.nodes.count)
        for name in request.seeds {
            let node = try graph.node(named: name)
            if seedBuffers[node] == nil {
                let seed = schedule.buffer(bytes(node))
                seedBuffers[node] = seed
                // The caller writes it between the two passes.
                schedule.use(seed, at: forwardCount)
                contributions[node].append(seed)
            }
        }
        let gradientNodes = Set(try request.gradients.map { try graph.node(named: $0) })
        if wantsGradient { schedule.gap() }
        for position in graph.nodes.indices.reversed() where wantsGradient && !contributions[position].isEmpty {
            let node = graph.nodes[position]
            var gradient = contributions[position][0]
            if gradientNodes.contains(position) || position == 0 {
                // Asked for by itself, before the activation is taken off.
                let sum = schedule.buffer(bytes(position))
                schedule.append(.collect(contributions[position], node: position, results: nil, into: sum))
                gradientBuffers[position] = sum
                contributions[position] = [sum]
                gradient = sum
            }
            if position == 0 { break }
            if contributions[position].count > 1 || node.operation.activation != nil {
                let collected = schedule.buffer(bytes(position))
                schedule.append(
                    .collect(
                        contributions[position], node: position,
                        results: node.operation.activation == nil ? nil : results[position], into: collected))
                gradient = collected
            }
            for (number, input) in node.inputs.enumerated() where dependsOnImage[input] {
                if node.operation.passesGradientUnchanged || kernels[position]?.passesGradientUnchanged(to: number) == true {
                    contributions[input].append(gradient)
                } else {
                    let made = schedule.buffer(bytes(input))
                    let reads = kernels[position]?.pullbackReads(to: number) ?? .nothing
                    schedule.append(
                        .pullback(
                            node: position, input: number, gradient: gradient, into: made, inputs: node.inputs.map { results[$0] },
                            output: results[position], memory: memories[position]),
                        reading: reads.inputs.map { results[node.inputs[$0]] } + (reads.output ? [results[position]] : []))
                    contributions[input].append(made)
                }
            }
        }
        let end = schedule.time
        for name in request.activations {
            let node = try graph.node(named: name)
            activationBuffers[node] = results[node]
            schedule.use(results[node], at: end)
        }
        for buffer in gradientBuffers.values { schedule.use(buffer, at: end) }
        for seed in seedBuffers.values { schedule.pin(seed) }
        // The image is written by the caller before every run.
        schedule.pin(results[0])
        schedule.collectInPlace(keeping: Set(activationBuffers.values).union(gradientBuffers.values))

        let layout = BufferLayout(schedule.requests)
        offsets = layout.offsets
        bufferBytes = schedule.requests.map(\.bytes)
        arenaBytes = layout.bytes
        scratchBytes = kernels.compactMap { $0?.scratchBytes }.max() ?? 0
        forward = Array(schedule.steps[..<forwardCount])
        backward = Array(schedule.steps[forwardCount...])
        self.request = request
        self.graph = graph
        self.shapes = shapes
        self.layouts = layouts
        self.kernels = kernels
        self.activationBuffers = activationBuffers
        self.seedBuffers = seedBuffers
        self.gradientBuffers = gradientBuffers
    }

    /// The shape (C x H x W) of a layer that was asked for.
    public func shape(of layer: String) throws -> Shape {
        let shape = shapes[try graph.node(named: layer)]
        return shape.map ?? shape
    }

    /// True when a gradient reaches `layer`, which was asked for: it lies before some seed.
    public func hasGradient(of layer: String) -> Bool {
        graph.index[layer].map { gradientBuffers[$0] != nil } ?? false
    }
}
