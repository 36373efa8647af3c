package import Foundation
package import Network

/// A model of `Fixtures/onnx` and what it computes; `make_exports.py` beside it says what is what.
package struct ONNXGolden: Decodable {
    package struct Layer: Decodable {
        package var module: String
        package var value: String
        package var shape: [Int]
        package var places: [Int]
        package var values: [Double]
        package var largest: Double
    }

    package struct Gradient: Decodable {
        package var norm: Double
        package var places: [Int]
        package var values: [Double]
    }

    package struct Bounds: Decodable {
        package var name: String
        package var count: Int
        package var low: Double
        package var high: Double
    }

    package var model: String
    package var input: [Int]
    package var classes: Int
    package var target: Int
    package var logits: [[Double]]
    package var largest_logit: Double
    package var float32_error: Double
    package var layers: [Layer]
    package var gradient: Gradient
    package var tensors: [Bounds]

    package static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../NetworkTests/Fixtures/onnx").standardized

    package static let names: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }.sorted()

    package init(_ name: String) throws {
        self = try JSONDecoder().decode(
            ONNXGolden.self, from: Data(contentsOf: Self.folder.appendingPathComponent("\(name).json")))
    }

    /// Calls `body` with the path of the model in a folder of its own, its weights in the external file that it names.
    package func withModel<Result>(_ body: (String) throws -> Result) throws -> Result {
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
package func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vitrine-onnx-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// The network in an ONNX file.
package func importedNetwork(_ path: String, size: [Int]? = nil) throws -> ImageNetwork {
    try Architectures.network(Checkpoint.read(path: path), architecture: nil, inputSize: size)
}
