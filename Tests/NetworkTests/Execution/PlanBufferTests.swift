import Tensors
import Testing

@testable import Network

/// Goes through a plan step by step and keeps the books: whatever a step reads must still be what was written there.
struct PlanBufferTests {
    /// Which buffer wrote each 64 bytes of the memory last.
    private struct Books {
        let plan: Plan
        var owners: [Int?]

        init(_ plan: Plan) {
            self.plan = plan
            owners = Array(repeating: nil, count: (plan.arenaBytes + 63) / 64)
        }

        private func units(_ buffer: Int) -> Range<Int> {
            plan.offsets[buffer] / 64..<(plan.offsets[buffer] + plan.bufferBytes[buffer] + 63) / 64
        }

        mutating func write(_ buffer: Int) {
            for unit in units(buffer) { owners[unit] = buffer }
        }

        func holds(_ buffer: Int) -> Bool { units(buffer).allSatisfy { owners[$0] == buffer } }
    }

    private static func traffic(_ step: Plan.Step, in plan: Plan) -> (reads: [Int], writes: [Int]) {
        switch step {
        case .forward(_, let inputs, let output, let memory): return (inputs, [output] + (memory.map { [$0] } ?? []))
        case .slopes(_, let results, let target): return ([results], [target])
        case .collect(let sources, _, let trace, let target): return (sources + (trace.map { [$0.buffer] } ?? []), [target])
        case .pullback(let node, let input, _, let gradient, let target, let inputs, let output, let memory):
            let reads = plan.kernels[node]?.pullbackReads(to: input) ?? .nothing
            return (
                [gradient] + reads.inputs.map { inputs[$0] } + (reads.output ? [output] : []) + (memory.map { [$0] } ?? []), [target]
            )
        case .learn(let node, let gradient, let inputs, let output, let memory):
            let reads = (plan.kernels[node] as? any TrainingKernel)?.learningReads ?? .nothing
            return ([gradient] + reads.inputs.map { inputs[$0] } + (reads.output ? [output] : []) + (memory.map { [$0] } ?? []), [])
        }
    }

    @Test(arguments: [
        ("cifar_resnet20", 32), ("resnet50", 64), ("densenet121", 64), ("mobilenet_v2", 64), ("efficientnet_b0", 64),
        ("shufflenet_v2_x0_5", 64), ("googlenet", 64), ("convnext_tiny", 64), ("vit_b_16", 224),
    ])
    func nothingIsReadThatWasOverwritten(_ name: String, size: Int) throws {
        let network = try Architectures.random(name, seed: 0)
        let layers = network.matched.map(\.layer)
        for fuses in [true, false] {
            let plan = try Plan(
                network.graph,
                .init(
                    batch: 1, input: [3, size, size], activations: layers + [network.logits], seeds: layers + [network.logits],
                    gradients: layers + [Graph.inputName], fuses: fuses,
                    flow: BackwardFlow(seeds: [network.logits], results: layers, rules: [:])))
            try check(plan, name)
            // Without the flow bits stand for results that nobody else reads.
            var request = plan.request
            request.flow = nil
            try check(Plan(network.graph, request), name)
            request.renewsSeeds = true
            try check(Plan(network.graph, request), name)
        }
    }

    /// A prototype reads five maps of ResNet-50: the others leave their memory to those behind them.
    @Test func resultsThatNobodyReadsAreNotKeptForTheirSlope() throws {
        let network = try Architectures.random("resnet50", seed: 0)
        let layers = network.matched.map(\.layer)
        func plan(reading read: [String]) throws -> Plan {
            var request = Plan.Request(
                batch: 1, input: [3, 224, 224], activations: read, seeds: layers, gradients: [Graph.inputName])
            request.renewsSeeds = true
            return try Plan(network.graph, request)
        }
        let all = network.graph.nodes.dropFirst().filter { !$0.operation.isView }.map(\.name)
        #expect(try plan(reading: layers).arenaBytes < 30_000_000)
        #expect(try plan(reading: all).arenaBytes > 90_000_000)
    }

    @Test(arguments: ["cifar_resnet20", "cifar_vgg8", "cifar_shufflenet_v2", "cifar_wrn_16_2", "resnet50", "densenet121"])
    func nothingThatTrainingReadsWasOverwritten(_ name: String) throws {
        let network = try Architectures.random(name, seed: 0)
        let layers = network.matched.map(\.layer)
        try check(
            Plan(
                network.graph,
                .init(
                    batch: 2, input: [3, 32, 32], activations: layers + [network.logits], seeds: [layers[2], network.logits],
                    learned: try LearnedValues(network.graph))), name)
    }

    private func check(_ plan: Plan, _ name: String) throws {
        var books = Books(plan)
        books.write(0)
        var checked = 0
        let flow = plan.flow ?? Plan.Pass()
        let flowEnd = plan.forward.count + flow.steps.count
        for (number, step) in (plan.forward + flow.steps + plan.backward.steps).enumerated() {
            if number == plan.forward.count { for seed in flow.seeds.values { books.write(seed) } }
            if number == flowEnd {
                for buffer in flow.results.values { #expect(books.holds(buffer), "\(name): what arrived, after the flow") }
                for seed in plan.backward.seeds.values { books.write(seed) }
                // Read while the seeds are written.
                for buffer in flow.results.values { #expect(books.holds(buffer), "\(name): what arrived, beside the seeds") }
            }
            let (reads, writes) = Self.traffic(step, in: plan)
            for buffer in reads { #expect(books.holds(buffer), "\(name), step \(number): \(step) reads \(buffer)") }
            for buffer in writes { books.write(buffer) }
            // A step writes over what it reads only where it means to: in place.
            for buffer in reads where !writes.contains(buffer) { #expect(books.holds(buffer), "\(name), step \(number): \(step)") }
            checked += reads.count
        }
        for buffer in plan.activationBuffers.values { #expect(books.holds(buffer), "\(name): an activation at the end") }
        for buffer in plan.backward.results.values { #expect(books.holds(buffer), "\(name): a gradient at the end") }
        if !plan.request.renewsSeeds {
            for buffer in plan.backward.seeds.values { #expect(books.holds(buffer), "\(name): a seed at the end") }
        }
        #expect(checked > plan.forward.count)
        // The test would notice: with everything at one place, something is overwritten.
        #expect(plan.arenaBytes < plan.bufferBytes.reduce(0, +), "\(name): memory is used again")
    }
}
