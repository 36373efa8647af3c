/// Steps in order, and the buffers they use with their life times: what a plan is made of.
struct Schedule {
    private(set) var steps: [Plan.Step] = []
    private(set) var requests: [BufferLayout.Request] = []
    /// The number of the next step.
    private(set) var time = 0

    mutating func buffer(_ bytes: Int) -> Plan.Buffer {
        requests.append(.init(bytes: bytes, first: Int.max, last: -1))
        return requests.count - 1
    }

    mutating func use(_ buffer: Plan.Buffer, at moment: Int? = nil) {
        let moment = moment ?? time
        requests[buffer].first = min(requests[buffer].first, moment)
        requests[buffer].last = max(requests[buffer].last, moment)
    }

    /// Keeps a buffer for itself from the beginning to the end: the caller writes it when it likes.
    mutating func pin(_ buffer: Plan.Buffer) {
        use(buffer, at: 0)
        use(buffer, at: time)
    }

    /// Adds a step, which uses its buffers and those in `read`.
    mutating func append(_ step: Plan.Step, reading read: [Plan.Buffer] = []) {
        for buffer in step.buffers + read { use(buffer) }
        steps.append(step)
        time += 1
    }

    /// Leaves a moment between two steps, in which the caller works.
    mutating func gap() { time += 1 }

    /// Lets a step that adds up gradients write over one of them where that one is not needed again. Saves the memory, and
    /// the cache.
    mutating func collectInPlace(keeping kept: Set<Plan.Buffer>) {
        var moved: [Plan.Buffer: Plan.Buffer] = [:]
        func final(_ buffer: Plan.Buffer) -> Plan.Buffer {
            var buffer = buffer
            while let next = moved[buffer] { buffer = next }
            return buffer
        }
        for index in steps.indices {
            if case .collect(let sources, _, _, let target) = steps[index], !kept.contains(target) {
                let moment = requests[target].first
                let free = sources.map(final).first { requests[$0].last == moment && !kept.contains($0) }
                if let free, requests[free].bytes == requests[target].bytes {
                    requests[free].last = requests[target].last
                    requests[target].bytes = 0
                    moved[target] = free
                }
            }
            steps[index] = steps[index].replacing(final)
        }
    }
}

extension Plan.Step {
    var buffers: [Plan.Buffer] {
        switch self {
        case .forward(_, let inputs, let output, let memory): inputs + [output] + (memory.map { [$0] } ?? [])
        case .slopes(_, let results, let target): [results, target]
        case .collect(let sources, _, let trace, let target): sources + [target] + (trace.map { [$0.buffer] } ?? [])
        case .pullback(_, _, _, let gradient, let target, _, _, let memory): [gradient, target] + (memory.map { [$0] } ?? [])
        case .learn(_, let gradient, _, _, let memory): [gradient] + (memory.map { [$0] } ?? [])
        }
    }

    func replacing(_ other: (Plan.Buffer) -> Plan.Buffer) -> Plan.Step {
        switch self {
        case .forward(let node, let inputs, let output, let memory):
            .forward(node: node, inputs: inputs.map(other), output: other(output), memory: memory.map(other))
        case .slopes(let node, let results, let target): .slopes(node: node, of: other(results), into: other(target))
        case .collect(let sources, let node, let trace, let target):
            .collect(sources.map(other), node: node, through: trace.map { $0.replacing(other) }, into: other(target))
        case .pullback(let node, let input, let ruled, let gradient, let target, let inputs, let output, let memory):
            .pullback(
                node: node, input: input, ruled: ruled, gradient: other(gradient), into: other(target), inputs: inputs, output: output,
                memory: memory.map(other))
        case .learn(let node, let gradient, let inputs, let output, let memory):
            .learn(node: node, gradient: other(gradient), inputs: inputs, output: output, memory: memory.map(other))
        }
    }
}

extension Plan.ActivationTrace {
    var buffer: Plan.Buffer {
        switch self {
        case .results(let buffer), .slopes(let buffer): buffer
        }
    }

    func replacing(_ other: (Plan.Buffer) -> Plan.Buffer) -> Plan.ActivationTrace {
        switch self {
        case .results(let buffer): .results(other(buffer))
        case .slopes(let buffer): .slopes(other(buffer))
        }
    }
}
