import Foundation
import Testing

@testable import Network

/// Files as transformers 5.24 and 4, and timm 1.0 write them beside weights.
@Suite struct ModelConfigurationTests {
    typealias Input = ImageNetwork.Input

    /// The input of an ImageNet network after what `text` says as a preprocessor file.
    private func input(_ text: String) throws -> Input {
        let processor = try #require(JSONValue(Data(text.utf8)).flatMap(TransformersProcessor.init))
        var input = Input(resize: 256, size: [224, 224])
        try input.take(processor.stated(source: .file("preprocessor_config.json")).0)
        return input
    }

    @Test func wholeImages() throws {
        let vit = try input(
            """
            {"do_resize": true, "resample": 2, "do_rescale": true, "rescale_factor": 0.00392156862745098, "do_normalize": true,
            "size": {"height": 224, "width": 224}, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
            "image_processor_type": "ViTImageProcessor"}
            """)
        #expect(vit.resizing == .exact)
        #expect(vit.valueRange == [0, 1])
        #expect(vit.mean == [0.5, 0.5, 0.5])
        #expect(vit.centring == .down)
        // As version 4.20 wrote it.
        let old = try input(
            #"{"do_normalize": true, "do_resize": true, "feature_extractor_type": "ViTFeatureExtractor", "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2, "size": 224}"#)
        #expect(old == vit)
    }

    @Test func stretchedThenCropped() throws {
        let deit = try input(
            #"{"do_center_crop": true, "crop_size": {"height": 224, "width": 224}, "size": {"height": 256, "width": 256}, "resample": 3, "do_normalize": true, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "image_processor_type": "DeiTImageProcessor"}"#)
        #expect(deit.resizing == .stretched([256, 256]))
        #expect(deit.size == [224, 224])
        #expect(deit.interpolation == .bicubic)
        let beit = try input(
            #"{"do_center_crop": false, "crop_size": {"height": 224, "width": 224}, "size": {"height": 384, "width": 384}, "image_mean": [0.5], "image_std": [0.5], "image_processor_type": "BeitImageProcessor"}"#)
        #expect(beit.size == [384, 384])
        #expect(beit.resizing == .exact)
    }

    @Test("the shorter side", arguments: [
        (#""size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}, "image_processor_type": "CLIPImageProcessor""#, 224, 224),
        (#""size": 224, "crop_size": 224, "do_center_crop": true, "feature_extractor_type": "CLIPFeatureExtractor""#, 224, 224),
        (#""size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}, "image_processor_type": "BitImageProcessorFast""#, 256, 224),
        (#""size": {"shortest_edge": 224}, "crop_pct": 0.875, "image_processor_type": "ConvNextImageProcessor""#, 256, 224),
        (#""size": {"shortest_edge": 224}, "crop_pct": 0.875"#, 256, 224),
        (#""size": 224, "crop_pct": 0.95, "feature_extractor_type": "ConvNextFeatureExtractor""#, 235, 224),
        (#""size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}, "image_processor_type": "LevitImageProcessor""#, 256, 224),
        (#""size": {"shortest_edge": 224}, "crop_pct": 0.9, "crop_size": {"height": 224, "width": 224}, "image_processor_type": "PoolFormerImageProcessor""#, 248, 224),
    ])
    func shorterSides(settings: String, side: Int, size: Int) throws {
        let found = try input("{\(settings), \"image_mean\": [0.5, 0.4, 0.3], \"image_std\": [0.2, 0.2, 0.2]}")
        #expect(found.resizing == .shorterSide(side))
        #expect(found.size == [size, size])
        #expect(found.mean == [0.5, 0.4, 0.3])
    }

    @Test func largeConvNextSeesWholeImages() throws {
        let found = try input(#"{"size": {"shortest_edge": 384}, "crop_pct": 0.875, "image_mean": [0.5], "image_std": [0.5], "image_processor_type": "ConvNextImageProcessor"}"#)
        #expect(found.size == [384, 384])
        #expect(found.resizing == .exact)
    }

    @Test func valuesThatAreNotNormalised() throws {
        let mobile = try input(
            #"{"size": {"shortest_edge": 288}, "crop_size": {"height": 256, "width": 256}, "do_flip_channel_order": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "image_processor_type": "MobileViTImageProcessor"}"#)
        #expect(mobile.channelOrder == .bgr)
        #expect(mobile.mean == [0, 0, 0])
        #expect(mobile.standardDeviation == [1, 1, 1])
        let bytes = try input(#"{"size": 32, "do_rescale": false, "do_normalize": true, "image_mean": [127.5], "image_std": [127.5]}"#)
        #expect(bytes.valueRange == [0, 255])
        let efficient = try input(
            #"{"size": {"height": 64, "width": 64}, "rescale_factor": 0.00784313725490196, "rescale_offset": true, "do_normalize": false, "image_processor_type": "EfficientNetImageProcessor"}"#)
        #expect(efficient.valueRange[0] == -1)
        #expect(abs(efficient.valueRange[1] - 1) < 1e-6)
    }

    @Test func timmsConfiguration() throws {
        let text = """
            {"architecture": "efficientnet_lite0", "num_classes": 3, "label_names": ["b", "a", "c"],
            "pretrained_cfg": {"input_size": [3, 192, 192], "interpolation": "bicubic", "crop_pct": 0.95, "crop_mode": "center",
            "mean": [0.5, 0.4, 0.3], "std": [0.1, 0.2, 0.3], "test_input_size": [3, 224, 224]}}
            """
        let folder = try Folder(["config.json": text])
        let found = try #require(ModelConfiguration(beside: folder.path + "/model.safetensors"))
        #expect(found.timmArchitecture == "efficientnet_lite0")
        #expect(found.classCount == 3)
        #expect(found.classNames?.names == ["b", "a", "c"])
        var input = Input(resize: 256, size: [224, 224])
        for stated in found.stated { try input.take(stated) }
        #expect(input.size == [192, 192])
        #expect(input.resizing == .shorterSide(202))
        #expect(input.interpolation == .bicubic)
        #expect(input.mean == [0.5, 0.4, 0.3])
        #expect(input.source(of: .mean) == .file("config.json"))
        let squashed = try #require(JSONValue(Data(text.replacing("center", with: "squash").utf8)))
        #expect(TimmConfiguration.stated(try #require(squashed["pretrained_cfg"]), source: .told).0.resizing == .stretched([202, 202]))
    }

    @Test func transformersConfiguration() throws {
        let folder = try Folder([
            "config.json": #"{"model_type": "vit", "image_size": 96, "id2label": {"0": "cat", "1": "dog"}}"#,
            "preprocessor_config.json": #"{"size": {"height": 96, "width": 96}, "do_normalize": true, "image_mean": [0.1], "image_std": [0.2], "image_processor_type": "ViTImageProcessor"}"#,
        ])
        let found = try #require(ModelConfiguration(beside: folder.path + "/model.safetensors"))
        #expect(found.classNames?.names == ["cat", "dog"])
        #expect(found.classNames?.source == "config.json")
        #expect(found.stated.count == 2)
        let nameless = try Folder(["config.json": #"{"model_type": "vit", "id2label": {"0": "LABEL_0", "1": "LABEL_1"}}"#])
        let unnamed = try #require(ModelConfiguration(beside: nameless.path + "/x.bin"))
        #expect(unnamed.classNames == nil)
        #expect(unnamed.classCount == 2)
    }

    @Test("what is no configuration is passed over", arguments: [
        "", "{", "[]", "null", #"{"name": "a web site"}"#, #"{"model_type": 7}"#, String(repeating: "[", count: 100_000),
        #"{"architecture": {}, "pretrained_cfg": []}"#,
    ])
    func hostile(text: String) throws {
        let folder = try Folder(["config.json": text, "preprocessor_config.json": text])
        #expect(ModelConfiguration(beside: folder.path + "/model.safetensors") == nil)
    }

    @Test func numbersOfTheWrongKindSayNothing() throws {
        let folder = try Folder([
            "config.json": #"{"architecture": "x", "num_classes": "many", "pretrained_cfg": {"input_size": [3, -1, 1e300], "crop_pct": -2, "mean": "red", "std": [1, "x"], "interpolation": "magic"}}"#
        ])
        let found = try #require(ModelConfiguration(beside: folder.path + "/model.safetensors"))
        #expect(found.stated.isEmpty)
        #expect(found.classCount == nil)
    }

    /// A folder of text files, removed when it goes out of use.
    private final class Folder {
        let path: String

        init(_ files: [String: String]) throws {
            path = FileManager.default.temporaryDirectory.appendingPathComponent("configuration-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }
}
