// The next composite: a line in `CASES` of `Fixtures/make_goldens.py`, from an implementation that shares nothing with this one.

import Diagnostics
import Tensors
import TestSupport
import Testing

@testable import Network
@testable import Relevance

@Suite(.serialized) struct CompositeTests {
    @Test func everyCompositeHasAGoldenFile() throws {
        let golden = Set(try Golden.cases.map { try Golden($0).composite })
        #expect(golden == Set(Composite.all.map(\.name)))
    }

    /// Fused and unfused, every map within 1e-3 of its largest value. Epsilon divides by sums that are as small as they like, where
    /// PyTorch's own float32 is far from float64, too: ten times its error, at least 5e-3.
    @Test(arguments: Golden.cases)
    func agreesWithOtherImplementations(_ name: String) throws {
        let golden = try Golden(name)
        let tensors = try FormulaTensors(architecture: golden.architecture, gain: golden.gain, changes: golden.changes)
        let network = try Architectures.network(tensors, architecture: golden.architecture)
        let (layer, start) = try target(golden.target, in: network)
        let sinks = golden.layers.filter { $0.name == "class_token" }
        let layers = golden.layers.filter { $0.name != "class_token" }
        for fuses in [false, true] {
            let run = try FlowRun(
                Composite.named(golden.composite), on: network, from: layer, start, to: layers.map(\.name),
                images: FormulaTensors.images(Shape(golden.input)), batch: golden.input[0], size: Shape(Array(golden.input.dropFirst())),
                fuses: fuses)
            if let started = golden.started { #expect(abs(run.started / started - 1) < 1e-4, "start, fuses \(fuses)") }
            for map in layers {
                let found = try #require(run.maps[map.name], "\(map.name)")
                #expect(found.shape.dimensions == map.shape, "\(map.name)")
                let tolerance = ["epsilon", "attnlrp", "attnlrp-gamma"].contains(golden.composite) ? max(5e-3, 10 * map.float32_error) : 1e-3
                let error = zip(map.places, map.values).reduce(0) { max($0, abs(Double(found.values[$1.0]) - $1.1)) } / map.largest
                #expect(error <= tolerance, "\(map.name), fuses \(fuses): \(error)")
                let largest = found.values.reduce(0) { max($0, abs(Double($1))) }
                #expect(abs(largest / map.largest - 1) <= tolerance, "largest of \(map.name), fuses \(fuses)")
                let size = found.values.reduce(0) { $0 + abs(Double($1)) }
                #expect(abs(run.sum(map.name) - map.sum) <= tolerance * size, "sum of \(map.name), fuses \(fuses)")
            }
            for sink in sinks {
                let found = try #require(run.sinks.first, "no learned value takes relevance in")
                // By AttnLRP it is what remains of parts of both signs, a hundred times as large.
                let isCancelled = golden.composite.hasPrefix("attnlrp")
                #expect(run.sinks.count == 1 && (isCancelled || abs(found.relevance / sink.sum - 1) < 1e-3), "\(found)")
            }
        }
    }

    private func target(_ target: Golden.Target, in network: ImageNetwork) throws -> (String, RelevanceStart) {
        if let number = target.class { return (network.logits, .map(unit: number)) }
        let unit = try #require(target.unit)
        return (try #require(target.layer), target.restricted == true ? .bestPosition(unit: unit) : .map(unit: unit))
    }

    @Test func namesAreDistinctAndFound() throws {
        let names = Composite.all.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names { #expect(try Composite.named(name).name == name) }
    }

    @Test func unknownNamesAreAnsweredWithNearOnes() throws {
        let problem = try #require(throws: Problem.self) { try Composite.named("epsilon-plus-flar") }
        #expect(problem.kind == .usage && problem.explanation?.contains("epsilon-plus-flat") == true, "\(problem)")
        #expect(try #require(throws: Problem.self) { try Composite.named("x") }.remedy?.contains("vital") == true)
    }

    @Test func theSentenceSpeaksOfWhatTheNetworkHas() throws {
        func words(_ name: String, _ composite: Composite = .vital) throws -> String {
            composite.summary(for: try Architectures.named(name).build(Parameters()).graph)
        }
        let resnet = try words("resnet18"), small = try words("cifar_resnet20"), mobile = try words("mobilenet_v2"), plain = try words("alexnet")
        #expect(resnet.contains("maximum pooling") && resnet.contains("residual sums") && !resnet.contains("depthwise") && resnet.hasSuffix("2 × 2."))
        #expect(!small.contains("maximum pooling") && small.contains("ones in place") && small.hasSuffix("split by magnitude."))
        #expect(mobile.contains("depthwise") && !mobile.contains("maximum pooling"))
        #expect(plain.contains("maximum pooling") && !plain.contains("residual"))
        let attention = try words("vit_b_16", .transformer), none = try words("convnext_tiny", .transformer)
        #expect(attention.contains("attention") && !none.contains("attention"))
        #expect(Composite.vital.summary.contains("depthwise") && Composite.vital.summary.contains("maximum pooling"))
        for composite in Composite.all { #expect(composite.summary.hasSuffix(".") && !composite.summary.hasSuffix("..")) }
    }

    /// A composite that forgets an operation says which, and where.
    @Test func operationsWithoutARuleAreNamed() throws {
        let network = try Architectures.network(FormulaTensors(architecture: "cifar_resnet20"), architecture: "cifar_resnet20")
        let vital = Composite.vital
        for (role, layer, kind) in [
            (OperationRole.sum, "layer1.0", "sum"), (.convolution, "conv1", "convolution 3 x 3"), (.activation, "relu", "ReLU"),
            (.rearrangement, "layer2.0.shortcut", "shortcut without weights"),
        ] {
            let entries = vital.entries.map { entry in
                var match = entry.match
                match.roles.remove(role)
                return (match: match, rule: entry.rule)
            }
            let lacking = Composite("lacking", summary: "", foldsBatchNormalization: false, entries: entries)
            let problem = try #require(throws: Problem.self) {
                _ = try RelevanceFlow(lacking, on: network, from: network.logits, to: [Graph.inputName])
            }
            #expect(problem.summary.contains(layer) && problem.summary.contains(kind) && problem.summary.contains("lacking"), "\(problem)")
        }
    }

    /// An entry by name comes before those behind it.
    @Test func entriesAreTriedInOrder() throws {
        let network = try Architectures.network(FormulaTensors(architecture: "cifar_resnet20"), architecture: "cifar_resnet20")
        let name = "layer2.1.conv1"
        let special = Composite(
            "special", summary: "", foldsBatchNormalization: false,
            entries: [(Composite.Match([.convolution], names: [name]), TermRule.flat())] + Composite.vital.entries)
        let flow = try RelevanceFlow(special, on: network, from: network.logits, to: [Graph.inputName])
        #expect(flow.ruleNames[name] == "flat" && flow.ruleNames["layer2.1.conv2"] == "z+")
    }
}
