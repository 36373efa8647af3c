import Foundation
import Tensors
import Testing

@testable import Network

/// A model of `Fixtures/onnx` and what it computes; `make_exports.py` beside it says what is what.
struct ONNXGolden: Decodable {
    struct Layer: Decodable {
        var module: String
        var value: String
        var shape: [Int]
        var places: [Int]
        var values: [Double]
        var largest: Double
    }

    struct Gradient: Decodable {
        var norm: Double
        var places: [Int]
        var values: [Double]
    }

    struct Bounds: Decodable {
        var name: String
        var count: Int
        var low: Double
        var high: Double
    }

    var model: String
    var input: [Int]
    var classes: Int
    var target: Int
    var logits: [[Double]]
    var largest_logit: Double
    var float32_error: Double
    var layers: [Layer]
    var gradient: Gradient
    var tensors: [Bounds]

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../NetworkTests/Fixtures/onnx").standardized

    static let names: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }.sorted()

    init(_ name: String) throws {
        self = try JSONDecoder().decode(
            ONNXGolden.self, from: Data(contentsOf: Self.folder.appendingPathComponent("\(name).json")))
    }

    /// Calls `body` with the path of the model in a folder of its own, its weights in the external file that it names.
    func withModel<Result>(_ body: (String) throws -> Result) throws -> Result {
        try withFolder { folder in
            let path = folder.appendingPathComponent("\(model).onnx")
            try FileManager.default.copyItem(at: Self.folder.appendingPathComponent("\(model).onnx"), to: path)
            var bytes = Data()
            for tensor in tensors {
                let values = Array(FormulaTensors.uniform(tensor.name, count: tensor.count))
                    .map { Float(tensor.low + (tensor.high - tensor.low) * $0) }
                values.withUnsafeBytes { bytes.append(contentsOf: $0) }
            }
            try bytes.write(to: folder.appendingPathComponent("weights.bin"))
            return try body(path.path)
        }
    }
}

/// Calls `body` with an empty folder that is gone afterwards.
func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vitrine-onnx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// The network in an ONNX file.
func importedNetwork(_ path: String, size: [Int]? = nil) throws -> ImageNetwork {
    try Architectures.network(Checkpoint.read(path: path), architecture: nil, inputSize: size)
}
