import Foundation
import Tensors
import TestSupport
import Testing

@testable import Network

/// What the golden files of the transformers library's families do not try: other names, and what is left open.
@Suite(.serialized) struct TransformersEncoderTests {
    private static let families =
        TransformersEncoder.all.map(\.name) + Swin.all.map(\.name) + TimmVisionTransformer.all.map(\.name) + [ResNet.unlisted.name]

    /// Names in files, and what version 5 calls the same in memory; the first of each that is found counts.
    private static let inMemory: [String: [(String, String)]] = {
        let vit = [
            (".encoder.layer.", ".layers."), ("attention.attention.query.", "attention.q_proj."),
            ("attention.attention.key.", "attention.k_proj."), ("attention.attention.value.", "attention.v_proj."),
            ("attention.output.dense.", "attention.o_proj."), ("intermediate.dense.", "mlp.fc1."), ("output.dense.", "mlp.fc2."),
            ("attention.attention.relative_position_bias.", "relative_position_bias."),
        ]
        let dino = Array(vit[1...4])
        return [
            "transformers_vit": vit, "transformers_deit": vit, "transformers_deit_distilled": vit, "transformers_beit": vit,
            "transformers_dinov2": dino, "transformers_dinov2_with_registers": dino,
            "transformers_swin": [
                ("attention.self.query.", "attention.q_proj."), ("attention.self.key.", "attention.k_proj."),
                ("attention.self.value.", "attention.v_proj."),
                ("attention.self.relative_position_bias_table", "attention.relative_position_bias.relative_position_bias_table"),
                ("attention.output.dense.", "attention.o_proj."), ("intermediate.dense.", "mlp.fc1."), ("output.dense.", "mlp.fc2."),
            ],
        ]
    }()

    private struct Renamed: TensorSource {
        let base: FormulaTensors
        let names: [String]
        let originals: [String: String]
        var configuration: NetworkConfiguration? { base.configuration }

        init(_ base: FormulaTensors, _ rename: (String) -> String) {
            self.base = base
            names = base.names.map(rename)
            originals = Dictionary(uniqueKeysWithValues: zip(names, base.names))
        }

        func shape(of name: String) -> Shape? { originals[name].flatMap(base.shape) }
        func tensor(_ name: String) throws -> Tensor { try base.tensor(originals[name] ?? name) }
    }

    private func logits(_ network: ImageNetwork, _ size: [Int]) throws -> [Float] {
        let input: Shape = [3, size[0], size[1]]
        let workspace = try Workspace(Plan(network.graph, .init(batch: 1, input: input, activations: [network.logits])))
        workspace.write(FormulaTensors.images([1, 3, size[0], size[1]]))
        try workspace.forward()
        return try workspace.activationTensor(of: network.logits).values
    }

    @Test(arguments: inMemory.keys.sorted())
    func namesInMemoryMakeTheSameNetwork(_ name: String) throws {
        let base = try FormulaTensors(GoldenFile(architecture: name))
        let renamed = Renamed(base) { original in
            (Self.inMemory[name] ?? []).reduce(original) { $0.replacing($1.0, with: $1.1) }
        }
        #expect(Set(renamed.names).isDisjoint(with: base.names.filter { $0.contains(".query.") }))
        #expect(renamed.names.contains { $0.hasSuffix("0.attention.q_proj.weight") || $0.hasSuffix("blocks.0.attention.q_proj.weight") })
        let networks = try [base as any TensorSource, renamed].map { try Architectures.network($0, architecture: nil) }
        #expect(networks.map(\.architecture) == [name, name] && networks[1].unusedTensors.isEmpty)
        let size = networks[0].input.size
        #expect(try logits(networks[0], size) == logits(networks[1], size))
        // Layers have the names that the tensors have.
        #expect(networks[1].graph.index.keys.contains { $0.hasSuffix("attention.q_proj") })
    }

    @Test func whatNothingTellsIsAssumedAndSaid() throws {
        var tensors = try FormulaTensors(GoldenFile(architecture: "transformers_vit"))
        #expect(try Architectures.network(tensors, architecture: nil).assumptions.isEmpty)
        tensors.configuration = nil
        let network = try Architectures.network(tensors, architecture: nil)
        #expect(network.assumptions.contains("attention heads of 32 channels: 1"), "\(network.assumptions)")
        #expect(network.assumptions.contains { $0.contains("1e-12") && $0.contains("GELU") })
        #expect(network.displayName == "ViT-3x32/8 (transformers)" && network.input.mean == [0.5, 0.5, 0.5])
        #expect(network.input.size == [32, 32] && network.input.resizing == .exact)
    }

    /// One that lies there by accident: of another family, or of another size.
    @Test(arguments: [
        #"{"model_type": "deit", "num_attention_heads": 4}"#, #"{"model_type": "vit", "hidden_size": 768, "num_attention_heads": 4}"#, "{}",
    ])
    func anotherNetworksConfigurationIsNotUsed(_ json: String) throws {
        var tensors = try FormulaTensors(GoldenFile(architecture: "transformers_vit"))
        tensors.configuration = NetworkConfiguration(path: "config.json", json: Data(json.utf8))
        #expect(try !Architectures.network(tensors, architecture: nil).assumptions.isEmpty)
    }

    @Test func theConfigurationDecides() throws {
        var tensors = try FormulaTensors(GoldenFile(architecture: "transformers_clip"))
        let stated = try #require(tensors.configuration?.section("vision_config"))
        #expect(stated.integer("num_attention_heads") == 2 && stated.text("hidden_act") == "quick_gelu")
        let json = #"{"model_type": "clip_vision_model", "num_attention_heads": 4, "hidden_act": "gelu", "layer_norm_eps": 0.01}"#
        tensors.configuration = NetworkConfiguration(path: "config.json", json: Data(json.utf8))
        let network = try Architectures.network(tensors, architecture: nil)
        #expect(network.assumptions.isEmpty)
        let graph = network.graph
        let block = "vision_model.encoder.layers.0"
        let products = graph.nodes[try graph.node(named: "\(block).attention.products")].operation as? MatrixProduct
        let normalization = graph.nodes[try graph.node(named: "\(block).layer_norm1")].operation as? LayerNormalization
        let nonlinearity = graph.nodes[try graph.node(named: "\(block).mlp.activation_fn")].operation as? Pointwise
        #expect(products?.scale == 1 / Float(8).squareRoot() && normalization?.epsilon == 0.01 && nonlinearity?.function == .gelu)
    }

    /// Files may say anything: each is another network, or none, and no end of the program.
    @Test(arguments: families)
    func impossibleExtentsFitNothing(_ name: String) throws {
        let base = try FormulaTensors(GoldenFile(architecture: name))
        for tensor in base.names where !tensor.contains("1.") {
            let rank = base.shape(of: tensor)?.rank ?? 0
            for extents in [[], [0], [1, 1], [1, 0, 1], [1, 1, 1], [1, Int.max, 1], [1, 70_000, 1], [Int.max, 1], [1, 1, 1, 0]] where extents.count == rank || extents.isEmpty {
                let tensors = base.changing(tensor, to: Shape(extents))
                guard let network = try? Architectures.network(tensors, architecture: name) else { continue }
                // A head that is none is left out, and that is said.
                let isOfHead = ["classifier.", "head.", "fc."].contains { tensor.hasPrefix($0) }
                #expect(isOfHead && network.head.kind == .none && network.head.remark != nil, "\(tensor): \(extents)")
            }
        }
    }
}

struct NetworkConfigurationTests {
    @Test func valuesOfAnotherKindCountAsAbsent() throws {
        let json = #"{"a": 3, "b": 3.5, "c": "x", "d": true, "e": [1, 2], "f": [1, "x"], "g": {"h": 1e-6}, "i": null}"#
        let configuration = try #require(NetworkConfiguration(path: "config.json", json: Data(json.utf8)))
        #expect(configuration.integer("a") == 3 && configuration.number("a") == 3 && configuration.text("a") == nil)
        #expect(configuration.integer("b") == nil && configuration.number("b") == 3.5 && configuration.flag("b") == nil)
        #expect(configuration.text("c") == "x" && configuration.flag("d") == true && configuration.number("d") == nil)
        #expect(configuration.integers("e") == [1, 2] && configuration.integers("f") == nil && configuration.integers("a") == [3])
        #expect(configuration.section("g")?.number("h") == 1e-6 && configuration.section("a") == nil && configuration.number("i") == nil)
    }

    @Test(arguments: ["", "[1]", "{", "3", "\u{0}", String(repeating: "[", count: 5000)])
    func whatIsNoObjectIsNoConfiguration(_ text: String) {
        #expect(NetworkConfiguration(path: "config.json", json: Data(text.utf8)) == nil)
    }

    @Test func itIsLookedForBesideTheWeights() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vitrine-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let weights = folder.appendingPathComponent("model.safetensors")
        try Data().write(to: weights)
        #expect(NetworkConfiguration.beside(weights.path) == nil)
        try Data(#"{"model_type": "vit"}"#.utf8).write(to: folder.appendingPathComponent("config.json"))
        #expect(NetworkConfiguration.beside(weights.path)?.modelType == "vit")
        #expect(NetworkConfiguration.beside(folder.path)?.modelType == "vit")
        #expect(NetworkConfiguration.beside(folder.appendingPathComponent("none").path) == nil)
    }

    /// As the Hub's cache keeps a snapshot.
    @Test func linksAreFollowed() throws {
        try withFolder { folder in
            let blobs = folder.appendingPathComponent("blobs"), snapshot = folder.appendingPathComponent("snapshot")
            for place in [blobs, snapshot] { try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true) }
            let files = [
                "model.safetensors": "", "config.json": #"{"model_type": "vit"}"#,
                "preprocessor_config.json": #"{"size": {"height": 48, "width": 48}, "image_mean": [0.1, 0.2, 0.3], "image_std": [0.5, 0.5, 0.5]}"#,
            ]
            for (name, text) in files {
                try Data(text.utf8).write(to: blobs.appendingPathComponent("blob-\(name)"))
                try FileManager.default.createSymbolicLink(
                    atPath: snapshot.appendingPathComponent(name).path, withDestinationPath: "../blobs/blob-\(name)")
            }
            let weights = snapshot.appendingPathComponent("model.safetensors").path
            #expect(NetworkConfiguration.beside(weights)?.modelType == "vit")
            let beside = try #require(ModelConfiguration(beside: weights))
            #expect(beside.transformersModel == "vit" && beside.stated.contains { $0.mean == [0.1, 0.2, 0.3] })
            // One that leads nowhere is none.
            try FileManager.default.removeItem(at: blobs)
            #expect(NetworkConfiguration.beside(weights) == nil && ModelConfiguration(beside: weights) == nil)
        }
    }
}
