import Foundation
import Testing

/// The verbs on an ONNX model whose tensors stand in a file beside it.
@Suite struct ONNXVerbTests {
    private func withModel(_ body: (String) throws -> Void) throws {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appendingPathComponent("vitrine-onnx-\(UUID().uuidString)")
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? files.removeItem(at: folder) }
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../NetworkTests/Fixtures/onnx/keras_like.onnx").standardized
        try files.copyItem(at: fixture, to: folder.appendingPathComponent("model.onnx"))
        try Data(count: 1 << 20).write(to: folder.appendingPathComponent("weights.bin"))
        try body(folder.path)
    }

    @Test func `inspect tells of the model, and its hash covers the files beside it`() throws {
        try withModel { folder in
            let text = try Program.expectSuccess(["inspect", "model.onnx"], in: folder)
            #expect(text.contains("(onnx)") && text.contains("12 classes") && text.contains("conv1"))
            func hash() throws -> String {
                let json = try Program.json(["inspect", "model.onnx", "--json"], in: folder)
                let checkpoint = try #require(json["checkpoint"] as? [String: Any])
                #expect(checkpoint["format"] as? String == "ONNX" && json["inputShape"] as? [Int] == [3, 20, 26])
                return try #require(checkpoint["sha256"] as? String)
            }
            let before = try hash()
            var weights = Data(count: 1 << 20)
            weights[0] = 1
            try weights.write(to: URL(fileURLWithPath: folder).appendingPathComponent("weights.bin"))
            #expect(try hash() != before)
        }
    }

    @Test func `benchmark runs it`() throws {
        try withModel { folder in
            let text = try Program.expectSuccess(["benchmark", "model.onnx", "--runs", "2", "--threads", "1"], in: folder)
            #expect(text.contains("20 x 26"))
        }
    }

    @Test func `what does not fit is refused`() throws {
        try withModel { folder in
            for (arguments, words) in [
                (["inspect", "model.onnx", "--architecture", "resnet18"], "--architecture"),
                (["inspect", "model.onnx", "--input-size", "32"], "20 x 26"), (["inspect", "model.onnx", "--input-size", "0"], "--input-size"),
                (["inspect", "model.onnx", "--output", "features"], "no output 'features'"),
            ] {
                let outcome = try Program.run(arguments, in: folder)
                #expect(outcome.status == 2 && outcome.errors.contains(words), "\(outcome.errors)")
            }
            try FileManager.default.removeItem(atPath: folder + "/weights.bin")
            let outcome = try Program.run(["inspect", "model.onnx"], in: folder)
            #expect(outcome.status == 1 && outcome.errors.contains("'weights.bin', which is not there"), "\(outcome.errors)")
        }
    }
}
