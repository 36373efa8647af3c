import Diagnostics
import Foundation
import Tensors
import Testing

@testable import Network

/// Directions as units of their own, beside PyTorch; `Fixtures/directions/make_goldens.py` says what is what.
struct DirectionTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../Fixtures/directions").standardized.path

    /// A network whose layer `features` is its input, of six channels: a map, or five tokens.
    static func network(tokens: Bool = false) -> ImageNetwork {
        var graph = Graph()
        let image = tokens ? graph.add("rows", Reshaping(to: [5, 6]), 0) : 0
        let features = graph.add("features", Pointwise(.affine(scale: 1, shift: 0)), image)
        graph.add("logits", Reduction(.mean, axes: tokens ? [0] : [1, 2], keepsAxes: false), features)
        var input = ImageNetwork.Input(resize: nil, size: tokens ? [5, 6] : [3, 2])
        input.mean = Array(repeating: 0, count: tokens ? 1 : 6)
        input.standardDeviation = Array(repeating: 1, count: tokens ? 1 : 6)
        return ImageNetwork(
            architecture: "small", displayName: "Small", graph: graph, input: input, logits: "logits", classCount: 6,
            head: .init(.classes, outputs: 6, module: "logits"), landmarks: ["features"], reported: ["features"], matched: [])
    }

    /// What `layer` gives for `input`, row-major C x H x W or C x L x 1 for each image.
    static func activations(_ network: ImageNetwork, _ layers: [String], _ input: Tensor) throws -> [Tensor] {
        let shape = Shape(Array(input.shape.dimensions.dropFirst()))
        let image: Shape = shape.rank == 3 ? shape : Shape([1] + shape.dimensions)
        let workspace = try Workspace(Plan(network.graph, .init(batch: input.shape[0], input: image, activations: layers)))
        workspace.input.update(from: input.values, count: input.values.count)
        try workspace.forward()
        return try layers.map { try workspace.activationTensor(of: $0) }
    }

    @Test(arguments: ["saelens", "jumprelu", "topk", "openai", "rescaled"], ["map", "tokens"])
    func `latents and reconstruction are PyTorch's`(_ name: String, _ form: String) throws {
        let network = Self.network(tokens: form == "tokens")
        let inputs = try Checkpoint.read(path: Self.folder + "/inputs.safetensors", prefix: "").tensor(form)
        let expected = try Checkpoint.read(path: Self.folder + "/expected.safetensors", prefix: "")
        let directions = try Directions.read(path: "\(Self.folder)/\(name).safetensors", for: network)
        #expect(directions.layer == "features" && directions.count == 10 && directions.kind == .dictionary)
        let (extended, latents, reconstruction) = try network.reconstructing(by: directions)
        let found = try Self.activations(extended, [latents, reconstruction, "logits"], inputs)
        for (tensor, what) in zip(found, ["latents", "reconstruction"]) {
            var wanted = try expected.tensor("\(name).\(form).\(what)")
            if form == "tokens" { wanted = Self.channelsFirst(wanted) }
            let error = zip(tensor.values, wanted.values).map { abs($0 - $1) }.max() ?? .infinity
            #expect(tensor.values.count == wanted.values.count && error < 1e-5, "\(what): \(error)")
            // What nothing reaches stays exactly zero.
            #expect(zip(tensor.values, wanted.values).allSatisfy { what != "latents" || ($0 == 0) == ($1 == 0) })
        }
        // What stands behind the layer sees the reconstruction.
        let means = found[2].values, positions = found[1].values.count / means.count
        for (place, mean) in means.enumerated() {
            let own = found[1].values[place * positions..<(place + 1) * positions]
            #expect(abs(own.reduce(0, +) / Float(positions) - mean) < 1e-5)
        }
        // As a branch it changes nothing, and says the same.
        let branch = try network.inserting(directions)
        #expect(try Self.activations(branch, [directions.name], inputs) == [found[0]])
        #expect(try Self.activations(branch.reconstructing(by: directions).network, [latents, reconstruction], inputs) == Array(found[..<2]))
        #expect(throws: Problem.self) { try branch.inserting(directions) }
        #expect(branch.reported == ["features", "features.directions"] && branch.parameterCount == network.parameterCount)
        #expect(try Self.activations(branch, ["logits"], inputs) == Self.activations(network, ["logits"], inputs))
    }

    private static func channelsFirst(_ rows: Tensor) -> Tensor {
        let (batch, length, channels) = (rows.shape[0], rows.shape[1], rows.shape[2])
        var result = Tensor(zeros: [batch, channels, length, 1])
        for image in 0..<batch {
            for row in 0..<length {
                for channel in 0..<channels {
                    result.values[(image * channels + channel) * length + row] = rows.values[(image * length + row) * channels + channel]
                }
            }
        }
        return result
    }

    /// Writes `tensors` to a file that is gone after `body`.
    private static func with<Result>(_ tensors: [(String, Tensor)], _ metadata: [String: String] = [:], _ body: (String) throws -> Result) throws -> Result {
        let folder = NSTemporaryDirectory() + "directions-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Safetensors.write(tensors, metadata: metadata, to: folder + "/d.safetensors")
        return try body(folder + "/d.safetensors")
    }

    private static func tensor(_ shape: Shape, _ stream: String) -> Tensor {
        var random = RandomSource(seed: 5, stream: stream)
        return Tensor(shape: shape, values: (0..<shape.count).map { _ in random.normal() })
    }

    /// What one row of six channels gives.
    private static func scores(_ tensors: [(String, Tensor)], _ metadata: [String: String] = ["layer": "features"], row: [Float]) throws -> [Float] {
        let network = network()
        let directions = try with(tensors, metadata) { try Directions.read(path: $0, for: network) }
        // The same at all positions.
        let input = Tensor(shape: [1, 6, 3, 2], values: row.flatMap { Array(repeating: $0, count: 6) })
        let found = try activations(try network.inserting(directions), [directions.name], input)[0]
        return (0..<directions.count).map { found.values[$0 * 6] }
    }

    @Test func `probes, components and vectors are products, by hand`() throws {
        let row: [Float] = [1, -2, 3, 0, 0.5, 4]
        let weights = Tensor(shape: [2, 6], values: [1, 1, 0, 0, 2, 0, /**/ 0, 0, -1, 5, 0, 1])
        // 1 - 2 + 1, and -3 + 4.
        let offset = Tensor(shape: [2], values: [10, -1])
        #expect(try Self.scores([("weight", weights), ("bias", offset)], row: row) == [10, 0])
        #expect(try Self.scores([("coef_", weights), ("intercept_", offset)], row: row) == [10, 0])
        #expect(try Self.scores([("cav", Tensor(shape: [6], values: Array(weights.values[..<6])))], row: row) == [0])
        // The mean is taken off first: 1 more of the first channel, which only the first direction reads.
        let mean = Tensor(shape: [6], values: [-1, 0, 0, 0, 0, 0])
        #expect(try Self.scores([("components_", weights), ("mean_", mean)], row: row) == [1, 1])
        // Each vector a direction by its own name, and what a wrapper puts before all of them is passed over.
        let vectors = [("stripes", Tensor(shape: [6], values: Array(weights.values[..<6]))), ("dots", Tensor(shape: [6], values: Array(weights.values[6...])))]
        #expect(try Self.scores(vectors, row: row) == [0, 1])
        #expect(try Self.scores([("probe.weight", weights), ("probe.bias", offset)], row: row) == [10, 0])
        #expect(try Self.scores([("weight", weights)], ["layer": "features", "activation": "relu"], row: row.map { -$0 }) == [0, 0])
        let network = Self.network()
        try Self.with(vectors, ["layer": "features"]) { path in
            let directions = try Directions.read(path: path, for: network)
            #expect(directions.names == ["stripes", "dots"] && directions.activation == .none && !directions.reconstructs)
        }
        try Self.with([("components_", weights)], ["layer": "features"]) { path in
            let directions = try Directions.read(path: path, for: network)
            #expect(directions.kind == .components)
        }
    }

    @Test func `a configuration beside the file says what it does not say itself`() throws {
        let network = Self.network()
        let encoder = Self.tensor([6, 4], "e"), decoder = Self.tensor([4, 6], "d")
        try Self.with([("W_enc", encoder), ("W_dec", decoder), ("b_dec", Self.tensor([6], "b"))]) { path in
            func configure(_ json: String, as name: String = "cfg.json") throws -> Directions {
                let folder = (path as NSString).deletingLastPathComponent
                for other in ["cfg.json", "config.json"] { try? FileManager.default.removeItem(atPath: folder + "/" + other) }
                try Data(json.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
                return try Directions.read(path: path, for: network, told: .init(layer: "features"))
            }
            #expect(
                try configure(#"{"d_sae": 4, "architecture": "standard", "activation_fn_str": "topk", "activation_fn_kwargs": {"k": 2}}"#).activation
                    == .topK(2))
            #expect(
                try configure(#"{"trainer": {"dict_class": "AutoEncoderTopK", "k": 3, "dict_size": 4}}"#, as: "config.json").activation == .topK(3))
            // Another network's configuration is none of ours.
            #expect(try configure(#"{"model_type": "vit", "activation": "topk", "k": 1}"#, as: "config.json").activation == .relu)
            let plain = try configure(#"{"d_sae": 4, "apply_b_dec_to_input": false}"#)
            #expect(plain.offsets.allSatisfy { $0 == 0 } && !plain.remarks.contains { $0.contains("taken off") })
            #expect(try configure(#"{"d_sae": 4}"#).remarks.contains { $0.contains("is taken off") })
            #expect(throws: Problem.self) { try configure(#"{"d_sae": 4, "normalize_activations": "layer_norm"}"#) }
            #expect(try configure(#"{"d_sae": 4, "normalize_activations": "none", "hook_name": "features"}"#).layer == "features")
        }
    }

    /// Tensors, metadata, and a word of what is said.
    @Test func `what is wrong with a file is one clear problem`() throws {
        let network = Self.network()
        let (e, d) = (Self.tensor([6, 4], "e"), Self.tensor([4, 6], "d"))
        var broken = e
        broken.values[7] = .nan
        let layer = ["layer": "features"]
        let cases: [([(String, Tensor)], [String: String], String)] = [
            ([("W_enc", e)], layer, "no decoder"),
            ([("W_dec", d)], layer, "no encoder"),
            ([("W_enc", e), ("W_dec", e)], layer, "W_dec is 6 x 4"),
            ([("W_enc", Self.tensor([6, 4, 1], "e")), ("W_dec", d)], layer, "W_enc is 6 x 4 x 1"),
            ([("W_enc", broken), ("W_dec", d)], layer, "NaN"),
            ([("W_enc", e), ("W_dec", d), ("b_enc", Self.tensor([3], "b"))], layer, "b_enc is 3"),
            ([("W_enc", e), ("W_dec", d), ("b_dec", Self.tensor([1], "b"))], layer, "b_dec is 1"),
            ([("W_enc", e), ("W_dec", d), ("threshold", Self.tensor([5], "t"))], layer, "threshold is 5"),
            ([("W_enc", e), ("W_dec", d), ("encoder.weight", d)], layer, "twice"),
            ([("W_enc", e), ("W_dec", d), ("r_mag", Self.tensor([4], "r"))], layer, "gated"),
            ([("W_enc", e), ("W_dec", d)], [:], "which layer"),
            ([("W_enc", e), ("W_dec", d)], ["layer": "blocks.3"], "blocks.3"),
            ([("W_enc", Self.tensor([5, 4], "e")), ("W_dec", Self.tensor([4, 5], "d"))], layer, "5 channels"),
            ([("W_enc", e), ("W_dec", d)], layer.merging(["activation": "topk"]) { $1 }, "how many"),
            ([("W_enc", e), ("W_dec", d)], layer.merging(["activation": "topk", "k": "5"]) { $1 }, "5 of 4"),
            ([("W_enc", e), ("W_dec", d)], layer.merging(["activation": "jumprelu"]) { $1 }, "threshold"),
            ([("W_enc", e), ("W_dec", d)], layer.merging(["activation": "softplus"]) { $1 }, "softplus"),
            ([("W_enc", e), ("W_dec", d)], layer.merging(["names": #"["a", "b", "a", "c"]"#]) { $1 }, "two directions"),
            ([("W_enc", e), ("W_dec", d)], layer.merging(["names": #"["a", "b"]"#]) { $1 }, "names for 2"),
            ([("directions", Tensor(shape: [70_000, 6], values: Array(repeating: 1, count: 420_000)))], layer, "70000"),
            ([("a", Self.tensor([6], "a")), ("b", Self.tensor([5], "b"))], layer, "no directions"),
            ([("directions", Tensor(zeros: [0, 6]))], layer, "0 x 6"),
        ]
        for (tensors, metadata, word) in cases {
            let problem = try Self.with(tensors, metadata) { path in
                #expect(throws: Problem.self) { try Directions.read(path: path, for: network) }
            }
            #expect(problem?.description.contains(word) == true, "\(word): \(problem?.description ?? "nothing")")
            #expect(problem?.remedy != nil, "\(word)")
        }
    }
}
