public import Tensors

/// The memory of one run of a plan, with every step bound to it: allocates nothing while it runs. One for each thread that
/// runs the plan; not to be shared.
public final class Workspace {
    public let plan: Plan
    package let arena: AlignedBuffer
    package let scratch: AlignedBuffer
    private let stream: Stream
    private var forwardSteps: [BoundStep?] = []
    private var backwardSteps: [BoundStep] = []
    private var flowSteps: [BoundStep] = []

    public init(_ plan: Plan) throws {
        self.plan = plan
        arena = try AlignedBuffer(bytes: plan.arenaBytes)
        scratch = try AlignedBuffer(bytes: plan.scratchBytes)
        stream = try Stream()
        forwardSteps = try plan.forward.map(bind)
        backwardSteps = try plan.backward.steps.compactMap(bind)
        flowSteps = try plan.flow?.steps.compactMap(bind) ?? []
    }

    private func values(_ buffer: Plan.Buffer) -> UnsafeMutablePointer<Float> { arena.floats(at: plan.offsets[buffer]) }

    private func bind(_ step: Plan.Step) throws -> BoundStep? {
        switch step {
        case .forward(let node, let inputs, let output, let memory):
            return try plan.kernels[node]?.bindForward(
                ForwardBuffers(
                    inputs: inputs.map(values), output: values(output), memory: memory.map { UnsafeMutableRawPointer(values($0)) },
                    scratch: scratch.address))
        case .pullback(let node, let input, let ruled, let gradient, let target, let inputs, let output, let memory):
            return try (ruled ? plan.ruleKernels[node] : plan.kernels[node])?.bindPullback(
                to: input,
                PullbackBuffers(
                    outputGradient: values(gradient), inputGradient: values(target), inputs: inputs.map(values), output: values(output),
                    memory: memory.map { UnsafeMutableRawPointer(values($0)) }, scratch: scratch.address))
        case .learn(let node, let gradient, let inputs, let output, let memory):
            return try (plan.kernels[node] as? any TrainingKernel)?.bindLearning(
                LearningBuffers(
                    outputGradient: values(gradient), inputs: inputs.map(values), output: values(output),
                    memory: memory.map { UnsafeMutableRawPointer(values($0)) }, scratch: scratch.address))
        case .slopes(let node, let results, let target):
            guard let activation = plan.graph.nodes[node].operation.activation else { return nil }
            let (results, bits, count) = (values(results), arena.address + plan.offsets[target], wholeLanes(node))
            return { _ in ActivationSlopes.note(results, activation, count: count, into: bits) }
        case .collect(let sources, let node, let trace, let target):
            let gradients = sources.map(values)
            let (into, count) = (values(target), wholeLanes(node))
            guard let trace, let activation = plan.graph.nodes[node].operation.activation else {
                return { _ in Elementwise.sum(gradients, into: into, count: count) }
            }
            switch trace {
            case .results(let buffer):
                let results = values(buffer)
                return { _ in Elementwise.sumThroughActivation(gradients, results: results, activation, into: into, count: count) }
            case .slopes(let buffer):
                let bits = arena.address + plan.offsets[buffer]
                return { _ in ActivationSlopes.sum(gradients, where: bits, into: into, count: count) }
            }
        }
    }

    /// The values of a node in whole lanes: an image need not fill its last one, but its buffer does.
    private func wholeLanes(_ node: Int) -> Int {
        (plan.layouts[node].count(batch: plan.request.batch, plan.shapes[node]) + 15) / 16 * 16
    }

    /// The image batch, N x C x H x W in row-major order: to be written before `forward`.
    public var input: UnsafeMutablePointer<Float> { values(0) }

    public func forward() throws {
        OneDNN.useThreads(plan.request.threads)
        for step in forwardSteps { try step?(stream) }
    }

    /// Runs again what depends on `layer`, which the caller has written over since the last `forward`. What does not depend on it stays.
    public func forward(behind layer: String) throws {
        guard let steps = plan.dependents[try plan.graph.node(named: layer)] else {
            preconditionFailure("\(layer) was not among the layers to be edited")
        }
        OneDNN.useThreads(plan.request.threads)
        for step in steps { try forwardSteps[step]?(stream) }
    }

    /// Runs from the seeds to the image. Every seed must have been written since the last `forward`.
    public func backward() throws {
        OneDNN.useThreads(plan.request.threads)
        for step in backwardSteps { try step(stream) }
    }

    /// Runs the other backward pass, by its rules, from its own seeds. To be run after `forward` and before `backward`.
    public func flow() throws {
        OneDNN.useThreads(plan.request.threads)
        for step in flowSteps { try step(stream) }
    }

    /// A layer's values after `forward`: blocked, `plan.shape(of:)` for each image.
    public func activation(of layer: String) throws -> UnsafeMutablePointer<Float> {
        try address(of: layer, in: plan.activationBuffers, "activations")
    }

    /// Where the caller writes the gradient of its loss at a layer; blocked, channels past the last zero.
    public func seed(at layer: String) throws -> UnsafeMutablePointer<Float> {
        try address(of: layer, in: plan.backward.seeds, "seeds")
    }

    /// A layer's gradient after `backward`: blocked, or row-major for the image.
    public func gradient(of layer: String) throws -> UnsafeMutablePointer<Float> {
        try address(of: layer, in: plan.backward.results, "gradients")
    }

    /// Where the caller writes what flows back from a layer; blocked, channels past the last zero.
    public func flowSeed(at layer: String) throws -> UnsafeMutablePointer<Float> {
        try address(of: layer, in: plan.flow?.seeds ?? [:], "seeds of the flow")
    }

    /// What arrived at a layer, after `flow` and until `backward` runs: blocked, or row-major for the image.
    public func flow(to layer: String) throws -> UnsafeMutablePointer<Float> {
        try address(of: layer, in: plan.flow?.results ?? [:], "results of the flow")
    }

    private func address(
        of layer: String, in buffers: [Int: Plan.Buffer], _ what: String
    ) throws -> UnsafeMutablePointer<Float> {
        guard let buffer = buffers[try plan.graph.node(named: layer)] else {
            preconditionFailure("\(layer) was not among the \(what) asked for")
        }
        return values(buffer)
    }

    /// A layer's activations as a plain N x C x H x W tensor.
    public func activationTensor(of layer: String) throws -> Tensor {
        try tensor(activation(of: layer), of: layer)
    }

    /// A layer's gradients as a plain N x C x H x W tensor.
    public func gradientTensor(of layer: String) throws -> Tensor {
        try tensor(gradient(of: layer), of: layer)
    }

    /// What arrived at a layer, as a plain N x C x H x W tensor.
    public func flowTensor(to layer: String) throws -> Tensor {
        try tensor(flow(to: layer), of: layer)
    }

    private func tensor(_ values: UnsafeMutablePointer<Float>, of layer: String) throws -> Tensor {
        let shape = try plan.shape(of: layer)
        let layout = plan.layouts[try plan.graph.node(named: layer)]
        var result = Tensor(zeros: Shape([plan.request.batch] + shape.dimensions))
        result.values.withUnsafeMutableBufferPointer {
            if let base = $0.baseAddress { layout.unpack(values, batch: plan.request.batch, shape, into: base) }
        }
        return result
    }
}
