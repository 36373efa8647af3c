import Foundation
import Network
import Run
import Tensors
import Testing

/// What the other verbs print and write: contracts with the scripts that read it.
@Suite struct VerbTests {
    @Test func `inspect tells the layers`() throws {
        try SmallWorld.with { world in
            let text = try Program.expectSuccess(["inspect", "network.safetensors"], in: world.folder)
            #expect(text.contains("ResNet-20 (CIFAR) (cifar_resnet20)") && text.contains("3 classes"))
            let json = try Program.json(["inspect", "network.safetensors", "--json"], in: world.folder)
            #expect(
                Set(json.keys) == [
                    "architecture", "displayName", "checkpoint", "parameters", "inputShape", "preprocessing", "classCount", "layers",
                    "reportable", "reportedByDefault", "matched", "unusedTensors", "nonFiniteTensors", "graph", "alternatives",
                    "templates", "head", "headSummary", "remarks", "distillation",
                ])
            let places = try #require(json["distillation"] as? [String: Any]), words = try #require(places["words"] as? [String: Any])
            #expect(words["layer"] as? String == "layer3" && words["shape"] as? [Int] == [64, 8, 8])
            #expect(text.contains("words behind layer3 (64 x 8 x 8), sub-classes behind layer3.0 (64 x 8 x 8)"))
            let graph = try #require(json["graph"] as? [String: Any]), layers = try #require(graph["layers"] as? [[String: Any]])
            let sum = try #require(layers.first { $0["name"] as? String == "layer1.0.sum" })
            #expect(sum["inputs"] as? [String] == ["relu", "layer1.0.bn2"] && sum["flops"] as? Int == 16384)
            #expect(text.contains("sum from relu and layer1.0.bn2") && text.contains("FLOP"))
            #expect(json["reportedByDefault"] as? [String] == ["layer1", "layer2", "layer3"])
        }
    }

    @Test func `architectures are listed, all or some`() throws {
        try SmallWorld.with { world in
            let all = try Program.expectSuccess(["architectures"], in: world.folder)
            #expect(all.split(separator: "\n").map { String($0.prefix { $0 != " " }) } == Architectures.all.map(\.name))
            let some = try Program.expectSuccess(["architectures", "ViT-tiny"], in: world.folder)
            #expect(some == "timm_vit_tiny_patch16  ViT-Ti/16 (timm)\n", "\(some)")
            let none = try Program.run(["architectures", "resnet21"], in: world.folder)
            #expect(none.status == 2 && none.errors.contains("Did you mean") && none.errors.contains("`vitrine architectures` lists"), "\(none.errors)")
            // A paper's name is that of several networks.
            let paper = try Program.run(["inspect", "network.safetensors", "--architecture", "MobileNetV2"], in: world.folder)
            #expect(paper.status == 2 && paper.errors.contains("Did you mean mobilenet_v2, cifar_mobile_half, timm_mobilenetv2_035"), "\(paper.errors)")
            let text = try Program.expectSuccess(["architectures", "cifar_resnet20", "--json"], in: world.folder)
            let entries = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
            #expect(entries.first?["name"] as? String == "cifar_resnet20" && entries.first?["isRecognised"] as? Bool == true, "\(text)")
        }
    }

    @Test func `evaluate counts`() throws {
        try SmallWorld.with { world in
            let json = try Program.json(["evaluate", "network.safetensors", "--images", "images", "--json", "-q"], in: world.folder)
            #expect(Set(json.keys) == ["images", "correct", "top1", "top5", "skipped", "preprocessing"])
            #expect(json["images"] as? Int == 36 && json["top5"] as? Double == 1)
            let correct = try #require(json["correct"] as? Int), top1 = try #require(json["top1"] as? Double)
            #expect(abs(top1 - Double(correct) / 36) < 1e-6)
        }
    }

    @Test func `trace writes logits, activations and gradients`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(
                ["trace", "network.safetensors", "--input", "images/red/1.png", "images/blue/2.png", "--layers", "layer1,layer3", "--want",
                    "activations,gradients", "--target", "class:2", "--out", "trace.safetensors"], in: world.folder)
            let trace = try Checkpoint.read(path: world.path("trace.safetensors"))
            let shapes: [String: Shape] = [
                "logits": [2, 3, 1, 1], "activation/layer1": [2, 16, 32, 32], "activation/layer3": [2, 64, 8, 8],
                "gradient/layer1": [2, 16, 32, 32], "gradient/layer3": [2, 64, 8, 8], "gradient/input": [2, 3, 32, 32],
            ]
            #expect(Set(trace.names) == Set(shapes.keys))
            for (name, shape) in shapes {
                #expect(trace.shape(of: name) == shape, "\(name)")
                #expect(try trace.tensor(name).values.allSatisfy { $0.isFinite }, "\(name)")
            }
            // References that are the input: nothing is left to match.
            let image = try trace.tensor("gradient/input")
            try writeNetwork([("image", Tensor(shape: [1, 3, 32, 32], values: Array(image.values.prefix(3072))))], to: world.path("image.safetensors"))
            try Program.expectSuccess(
                ["trace", "network.safetensors", "--input", "image.safetensors", "--references", "image.safetensors", "--layers", "layer1",
                    "--want", "matching", "--out", "matching.safetensors"], in: world.folder)
            let matching = try Checkpoint.read(path: world.path("matching.safetensors"))
            #expect(Set(matching.names).isSuperset(of: ["loss", "loss/layer1", "gradient/input"]))
            #expect(try abs(matching.tensor("loss").values[0]) < 1e-6)
        }
    }

    @Test func `figure makes a figure, and makes it again`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(
                ["report", "network.safetensors", "--images", "images", "--units", "none", "--classes", "none", "--layers", "layer3", "--run",
                    "run", "--out", "site", "-q"], in: world.folder)
            let run = try RunFolder.open(at: world.path("run"))
            try run.write(
                Distillation(
                    method: "templates", teacher: nil, layers: ["layer3.templates"], images: [], student: nil, withoutTemplates: nil,
                    teacherAccuracy: nil, options: [], warnings: []), to: .distillation)
            try run.write(
                TemplateLayer(
                    layer: "layer3.templates", behind: "layer3", kind: .freeTemplates, grid: [2, 2], channels: 64, alpha: 1, images: 1,
                    positions: .init(all: 4, matched: 3), classPositions: [], teacher: nil, explainedVariance: nil,
                    templates: (0..<3).map {
                        .init(
                            index: $0, owner: nil, uses: 1, teacherUses: nil, agreed: nil, classUses: [], teacherClass: nil, windows: [],
                            neighbours: [], confusions: nil, principal: nil, embedded: nil)
                    }), to: .templates(layer: "layer3.templates"))
            try run.write(
                TemplateMaps(
                    layer: "layer3.templates", grid: [2, 2], limit: 1,
                    maps: [.init(image: 0, student: [0, 1, nil, 2], strengths: [1, 0.5, 0, 0.25], teacher: nil)]),
                to: .templateMaps(layer: "layer3.templates"))
            try Program.expectSuccess(["figure", "template-map", "--run", "run", "--out", "one", "--venue", "eccv", "-q"], in: world.folder)
            try Program.expectSuccess(["figure", "--from", "one/template-map-layer3-templates-0.json", "--out", "two", "-q"], in: world.folder)
            for ending in ["pdf", "svg", "png", "csv", "tex", "json", "bib"] {
                let name = "template-map-layer3-templates-0.\(ending)"
                let bytes = try Data(contentsOf: URL(fileURLWithPath: world.path("one/" + name)))
                #expect(try !bytes.isEmpty && bytes == Data(contentsOf: URL(fileURLWithPath: world.path("two/" + name))), "\(name)")
            }
            let latex = try String(contentsOfFile: world.path("one/template-map-layer3-templates-0.tex"), encoding: .utf8)
            #expect(latex.contains("width=4.800in"))
        }
    }

    @Test func `benchmark measures`() throws {
        try SmallWorld.with { world in
            let json = try Program.json(["benchmark", "network.safetensors", "--runs", "2", "--json"], in: world.folder)
            #expect(Set(json.keys).isSuperset(of: ["median_ms", "min_ms", "runs", "peak_rss_mb"]))
        }
    }
}
