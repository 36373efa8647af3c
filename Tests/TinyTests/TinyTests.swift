// Read this first: the whole way from a network to a page, on something small enough to check by hand.

import Foundation
import Images
import Network
import Run
import Site
import Tensors
import Testing

@testable import Analysis

/// A network of two layers that tells red from green.
struct TinyTests {
    /// Two 1 x 1 "convolutions", so that every number can be worked out by hand: `red` and `green` are how much more of one
    /// colour there is than of the other, kept where positive. The classifier compares their means.
    private static func network() -> Graph {
        var graph = Graph()
        let colours = Convolution(
            weights: Tensor(shape: [2, 3, 1, 1], values: [1, -1, 0, /* red */ -1, 1, 0 /* green */]), padding: .symmetric(0))
        let compare = graph.add("compare", colours, 0)
        let features = graph.add("features", Rectifier(.relu), compare)
        let mean = graph.add("mean", GlobalAveragePooling(), features)
        graph.add("logits", Linear(weights: Tensor(shape: [2, 2], values: [1, 0, 0, 2]), bias: [0.5, 0]), mean)
        return graph
    }

    /// 3 x 2 x 2: two red pixels, a green one, a grey one.
    private static let image: [Float] = [
        4, 3, 0, 1,  // red
        0, 1, 2, 1,  // green
        0, 0, 0, 1,  // blue
    ]

    /// A plan says what to run and what to keep of it; a workspace is the memory that one thread runs it in.
    @Test func forwardAndBackward() throws {
        let plan = try Plan(
            Self.network(),
            .init(batch: 1, input: [3, 2, 2], activations: ["features", "logits"], seeds: ["logits"], gradients: ["features"]))
        let workspace = try Workspace(plan)
        workspace.input.update(from: Self.image, count: Self.image.count)
        try workspace.forward()
        #expect(try workspace.activationTensor(of: "features") == Tensor(shape: [1, 2, 2, 2], values: [4, 2, 0, 0, 0, 0, 2, 0]))
        // Means 1.5 and 0.5, times the classifier's weights.
        #expect(try workspace.activationTensor(of: "logits").values == [2, 1])

        // The gradient of logit 1 (green): 2 times a quarter at every position of `green`, and on to the pixels where the
        // rectifier is open, which is the third one only.
        try workspace.seed(at: "logits")[1] = 1
        try workspace.backward()
        #expect(try workspace.gradientTensor(of: "features").values == [0, 0, 0, 0, 0.5, 0.5, 0.5, 0.5])
        #expect(
            try workspace.gradientTensor(of: Graph.inputName).values == [0, 0, -0.5, 0, 0, 0, 0.5, 0, 0, 0, 0, 0])
    }

    /// A prototype is an image whose features are distributed like those of real images; this is its loss, and one step.
    @Test func oneStepOfAPrototype() throws {
        let plan = try Plan(
            Self.network(),
            .init(batch: 1, input: [3, 2, 2], activations: ["features"], seeds: ["features"], gradients: [Graph.inputName]))
        let workspace = try Workspace(plan)
        let matching = SortMatching(shape: [2, 2, 2])

        // The distribution to be met: that of the image above, channel by channel in ascending order.
        var target = QuantileFunction(shape: [2, 2, 2])
        workspace.input.update(from: Self.image, count: Self.image.count)
        try workspace.forward()
        matching.add(try workspace.activation(of: "features"), to: &target)
        #expect(target.values == [0, 0, 2, 4, 0, 0, 0, 2])

        // Start somewhere else, and walk against the gradient.
        var pixels: [Float] = [1, 0, 3, 0.5, 0, 2, 0, 1.5, 0, 0, 0, 0]
        var losses: [Float] = []
        for _ in 0..<20 {
            workspace.input.update(from: pixels, count: pixels.count)
            try workspace.forward()
            losses.append(
                matching.loss(
                    try workspace.activation(of: "features"), quantiles: target.values,
                    gradient: try workspace.seed(at: "features")))
            try workspace.backward()
            let gradient = try workspace.gradient(of: Graph.inputName)
            for i in pixels.indices { pixels[i] -= gradient[i] }
        }
        // At first red is 1, 0, 3, 0 and green 0, 2, 0, 1: off by 1 at three places (1 for 2, 3 for 4, green's 1 for 0).
        #expect(losses[0] == 3.0 / 8)
        #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 } && losses[19] < 0.01 * losses[0])
    }

    /// What the units did becomes a document in a run folder; the site is made of such documents and nothing else.
    @Test func aPage() throws {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent("tiny-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: place) }
        let graph = Self.network()
        let input: Shape = [3, 2, 2]
        let workspace = try Workspace(Plan(graph, .init(batch: 1, input: input, activations: ["features"])))
        workspace.input.update(from: Self.image, count: Self.image.count)
        try workspace.forward()
        let summary = LayerSummary(try workspace.activation(of: "features"), images: 1, shape: [2, 2, 2])
        let field = try graph.receptiveFields(input: input)[try graph.node(named: "features")]
        var accumulator = LayerAccumulator(layer: "features", shape: [2, 2, 2], field: field, classCount: 2, capacity: 1)
        accumulator.add(summary, index: 0, image: 0, label: 0)
        let statistics = accumulator.statistics(exemplars: 1, input: input)
        #expect(statistics.units[0].mean == 1.5 && statistics.units[0].maximum == 4)
        // Red is strongest at the first pixel, and sees nothing but that pixel.
        #expect(statistics.units[0].strongest[0].window == [0, 0, 1, 1])

        let run = try RunFolder.create(at: place + "/run")
        try run.write(Self.manifest(graph), to: .manifest)
        try run.write(statistics, to: .statistics(layer: "features"))
        let picture = Picture(width: 2, height: 2, pixels: [255, 0, 0, 200, 60, 0, 0, 128, 0, 60, 60, 60])
        try run.writeBytes(PNGEncoder.encode(picture), to: .imagePicture(0))
        try run.write(
            ImageIndex(images: [0: .init(path: "red.png", label: 0, predicted: 0, picture: "images/0.png")]), to: .images)

        _ = try SiteRenderer(run: run).render(to: place + "/site")
        let page = try String(contentsOfFile: place + "/site/layers/features/0/index.html", encoding: .utf8)
        #expect(page.contains("features") && page.contains("red.png") && page.contains("images/0.png"))
    }

    private static var options: RunOptions {
        var options = RunOptions(command: "vitrine report")
        options.layers = ["features"]
        options.classes = "none"
        (options.references, options.warmup, options.strongest) = (1, 1, 1)
        return options
    }

    private static func manifest(_ graph: Graph) -> RunManifest {
        RunManifest(
            title: "Tiny", tool: .init(name: "Vitrine", version: "0", engine: OneDNN.version),
            network: NetworkDescription(
                architecture: "tiny", displayName: "Tiny", checkpoint: .init(fileName: "none", bytes: 0, sha256: "", format: "none"),
                parameters: graph.nodes.reduce(0) { $0 + $1.operation.parameterCount }, inputShape: [3, 2, 2],
                preprocessing: .init(
                    resize: nil, interpolation: "bilinear", crop: [2, 2], mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
                classCount: 2,
                layers: [.init(name: "features", kind: "ReLU", shape: [2, 2, 2], parameters: 0, isLandmark: true, isReported: true)]),
            images: .init(path: "photos", found: 1, used: 1, skipped: [], listing: "", isLabelled: true),
            options: options, warnings: [])
    }
}
