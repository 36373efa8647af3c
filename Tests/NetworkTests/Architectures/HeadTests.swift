import Diagnostics
import Tensors
import TestSupport
import Testing

@testable import Network

/// Heads as people put them on known bodies: what is read, and that its numbers are those of its layers by hand.
@Suite struct HeadTests {
    /// A ResNet-20 with other tensors below `linear`.
    private func tensors(_ head: [(String, Shape)]) throws -> FormulaTensors {
        let body = try FormulaTensors(architecture: "cifar_resnet20").changing("linear.weight", to: nil).changing("linear.bias", to: nil)
        return head.reduce(body) { $0.changing($1.0, to: $1.1) }
    }

    private func values(_ network: ImageNetwork, _ layers: [String]) throws -> [[Double]] {
        let plan = try Plan(network.graph, .init(batch: 1, input: network.input.shape, activations: layers, fuses: false))
        let workspace = try Workspace(plan)
        workspace.write(FormulaTensors.images(Shape([1] + network.input.shape.dimensions)))
        try workspace.forward()
        return try layers.map { NaiveMap(try workspace.activationTensor(of: $0)).values }
    }

    /// A linear layer by hand.
    private func linear(_ name: String, _ tensors: FormulaTensors, _ x: [Double]) throws -> [Double] {
        let weight = try tensors.tensor("\(name).weight"), rows = weight.shape[0]
        let bias = tensors.shape(of: "\(name).bias") == nil ? nil : try tensors.tensor("\(name).bias").values
        return (0..<rows).map { row in
            x.indices.reduce(Double(bias?[row] ?? 0)) { $0 + Double(weight.values[row * x.count + $1]) * x[$1] }
        }
    }

    private func expectClose(_ found: [Double], _ expected: [Double], _ comment: Comment = "", line: SourceLocation = #_sourceLocation) {
        let largest = expected.reduce(1e-9) { max($0, abs($1)) }
        #expect(found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 * largest }, comment, sourceLocation: line)
    }

    @Test func severalLayersHaveANonlinearityWhereNumbersLeaveRoom() throws {
        let source = try tensors([
            ("linear.0.weight", [32, 64]), ("linear.0.bias", [32]), ("linear.3.weight", [7, 32]), ("linear.3.bias", [7]),
        ])
        let network = try Architectures.network(source, architecture: nil)
        #expect(network.architecture == "cifar_resnet20" && network.classCount == 7 && network.logits == "linear.3")
        #expect(network.head.kind == .classes && network.head.module == "linear.3" && network.head.inputs == 32)
        #expect(network.head.remark?.contains("linear.1") == true, "what was assumed is said")
        let found = try values(network, ["avgpool", "linear.1", "linear.3"])
        let hidden = try linear("linear.0", source, found[0]).map { max(0, $0) }
        expectClose(found[1], hidden)
        expectClose(found[2], try linear("linear.3", source, hidden))
    }

    @Test func dropoutBeforeALayerIsNone() throws {
        let source = try tensors([("linear.1.weight", [7, 64]), ("linear.1.bias", [7])])
        let network = try Architectures.network(source, architecture: nil)
        #expect(network.classCount == 7 && network.head.remark == nil)
        let found = try values(network, ["avgpool", network.logits])
        expectClose(found[1], try linear("linear.1", source, found[0]))
    }

    @Test func layersThatFollowCloselyHaveNothingBetweenThem() throws {
        let source = try tensors([
            ("linear.0.weight", [16, 64]), ("linear.0.bias", [16]), ("linear.1.weight", [5, 16]), ("linear.1.bias", [5]),
        ])
        let network = try Architectures.network(source, architecture: nil)
        let found = try values(network, ["avgpool", network.logits])
        expectClose(found[1], try linear("linear.1", source, linear("linear.0", source, found[0])))
    }

    @Test func normalisationsAreFoundAndTheNonlinearityStandsOnce() throws {
        let vector: Shape = [32]
        let source = try tensors([
            ("linear.0.weight", [32, 64]), ("linear.2.weight", vector), ("linear.2.bias", vector), ("linear.2.running_mean", vector),
            ("linear.2.running_var", vector), ("linear.4.weight", [7, 32]),
        ])
        let network = try Architectures.network(source, architecture: nil)
        #expect(network.graph.index["linear.1"] != nil && network.graph.index["linear.3"] == nil)
        let found = try values(network, ["avgpool", "linear.2", network.logits])
        let hidden = try linear("linear.0", source, found[0]).map { max(0, $0) }
        func channel(_ part: String) throws -> [Float] { try source.tensor("linear.2.\(part)").values }
        let (weight, bias, mean, variance) = try (channel("weight"), channel("bias"), channel("running_mean"), channel("running_var"))
        let normalised = hidden.indices.map {
            (hidden[$0] - Double(mean[$0])) / (Double(variance[$0]) + 1e-5).squareRoot() * Double(weight[$0]) + Double(bias[$0])
        }
        expectClose(found[1], normalised)
        expectClose(found[2], try linear("linear.4", source, normalised), "no bias")
    }

    @Test func namedLayersAreOrderedByWhatTheyTake() throws {
        let source = try tensors([
            ("linear.bn.weight", [16]), ("linear.bn.bias", [16]), ("linear.bn.running_mean", [16]), ("linear.bn.running_var", [16]),
            ("linear.fc1.weight", [16, 64]), ("linear.fc1.bias", [16]), ("linear.fc2.weight", [5, 16]), ("linear.fc2.bias", [5]),
        ])
        let network = try Architectures.network(source, architecture: nil)
        let names = network.graph.nodes.map(\.name).filter { $0.hasPrefix("linear") }
        #expect(names == ["linear.fc1", "linear.bn", "linear.bn.relu", "linear.fc2"])
    }

    @Test func oneOutputIsAScore() throws {
        let source = try tensors([("linear.weight", [1, 64]), ("linear.bias", [1])])
        let network = try Architectures.network(source, architecture: nil)
        #expect(network.head.kind == .score && network.classCount == 2 && network.probabilityScale == 0.5)
        let found = try values(network, ["avgpool", network.logits])
        let score = try linear("linear", source, found[0])[0]
        expectClose(found[1], [-score, score])
    }

    @Test func aBodyWithoutAHeadEndsInItsFeatures() throws {
        for name in ["cifar_resnet20", "timm_vit_tiny_patch16", "vgg11", "convnext_tiny", "efficientnet_b0", "squeezenet1_0", "densenet121"] {
            let whole = try FormulaTensors(architecture: name)
            let head = ["linear", "head", "classifier"]
            let names = whole.names.filter { name in head.contains { name.hasPrefix($0 + ".") } && !name.hasPrefix("classifier.0.") }
            let network = try Architectures.network(names.reduce(whole) { $0.changing($1, to: nil) }, architecture: nil)
            #expect(network.architecture == name && network.head.kind == .none && network.classCount == 0 && !network.hasClasses, "\(name)")
            #expect(try network.graph.shapes(input: network.input.shape).last == [network.head.outputs, 1, 1], "\(name)")
            #expect(throws: Problem.self, "\(name)") { try network.requireClasses(for: "This") }
        }
    }

    @Test func aClassifierThatWasCutOffLeavesFeatures() throws {
        let tensors = try FormulaTensors(architecture: "vgg11").changing("classifier.6.weight", to: nil).changing("classifier.6.bias", to: nil)
        let network = try Architectures.network(tensors, architecture: nil)
        #expect(network.head.kind == .none && network.head.outputs == 4096 && network.logits == "classifier.3")
    }

    @Test func aHeadUnderAnotherNameIsFound() throws {
        let source = try tensors([("head.fc.weight", [7, 64]), ("head.fc.bias", [7]), ("projector.weight", [3, 64])])
        let network = try Architectures.network(source, architecture: nil)
        #expect(network.classCount == 7 && network.logits == "head.fc" && network.unusedTensors == ["projector.weight"])
    }

    @Test func whatIsNoLayerOfAHeadIsLeftOutAndSaid() throws {
        let source = try tensors([("linear.mlp.0.weight", [32, 64]), ("linear.last.weight_g", [5, 1]), ("linear.last.weight_v", [5, 32])])
        let network = try Architectures.network(source, architecture: nil)
        #expect(network.head.kind == .none && network.head.remark?.contains("linear.last") == true)
        #expect(network.head.absence == "the body ends in 64 features; \(network.head.remark ?? "")")
        #expect(network.unusedTensors.contains("linear.last.weight_v"))
    }

    @Test(arguments: [("queue", [10, 4096]), ("classifier.weight", [3, 10])] as [(String, Shape)])
    func whatIsReadByOthersIsAnEmbedding(_ name: String, _ shape: Shape) throws {
        let source = try FormulaTensors(architecture: "cifar_resnet20").changing(name, to: shape)
        let network = try Architectures.network(source, architecture: nil)
        #expect(network.head.kind == .embedding && network.classCount == 0 && network.head.remark?.contains(name) == true)
        let problem = try #require(throws: Problem.self) { try network.requireClasses(for: "This") }
        #expect(problem.explanation?.contains(name) == true)
    }

    @Test func aHeadWithinTheHeadIsRead() throws {
        let source = try FormulaTensors(architecture: "vgg11").changing("classifier.6.weight", to: nil).changing("classifier.6.bias", to: nil)
            .changing("classifier.6.0.weight", to: [64, 4096]).changing("classifier.6.0.bias", to: [64])
            .changing("classifier.6.2.weight", to: [7, 64]).changing("classifier.6.2.bias", to: [7])
        let network = try Architectures.network(source, architecture: nil)
        #expect(network.classCount == 7 && network.logits == "classifier.6.2")
        #expect(network.graph.index["classifier.6.1"] != nil, "a ReLU between them")
        #expect(network.graph.index["classifier.6.0.relu"] == nil)
    }
}
