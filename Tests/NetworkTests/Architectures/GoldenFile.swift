import Foundation
import TestSupport

/// What PyTorch makes of an architecture with the formula's weights; `make_goldens.py` beside the files says what is what.
struct GoldenFile: Decodable {
    struct Logits: Decodable {
        var values: [[Double]]
        var float32_error: Double
    }

    struct Layer: Decodable {
        var name: String
        var shape: [Int]
        var mean: Double
        var mean_magnitude: Double
        var largest_magnitude: Double
        var places: [Int]
        var values: [Double]
        var float32_error: Double
    }

    struct Gradient: Decodable {
        var norm: Double
        var places: [Int]
        var values: [Double]
        var float32_error: Double
    }

    var architecture: String
    var gain: Double
    var input: [Int]
    /// Tensors that have another shape than the architecture's own, by name.
    var changes: [String: [Int]]
    var classes: Int
    var target: Int
    var logits: Logits
    var layers: [Layer]
    var gradient: Gradient

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/architectures").standardized

    /// The architectures that have such a file: a member or two of each family.
    static let names: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()

    init(architecture: String) throws {
        self = try JSONDecoder().decode(
            GoldenFile.self, from: Data(contentsOf: GoldenFile.folder.appendingPathComponent("\(architecture).json")))
    }
}

extension FormulaTensors {
    /// The tensors that a golden file was made with.
    init(_ golden: GoldenFile) throws {
        try self.init(architecture: golden.architecture, gain: golden.gain, changes: golden.changes)
    }
}
