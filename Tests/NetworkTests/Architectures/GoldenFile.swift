import Foundation
import Tensors
import TestSupport

@testable import Network

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
    /// Tensors that have another shape than the architecture's own, by name; nil for those that it lacks.
    var changes: [String: [Int]?]
    /// All tensors, where their names are others than the architecture's.
    var tensors: [String: [Int]]?
    /// What stands in `config.json` beside the weights.
    var configuration: String?
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

    /// The networks under another library's names.
    static let renamed: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: renamedFolder.path)) ?? [])
        .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()

    private static let renamedFolder = folder.appendingPathComponent("renamed")

    init(renamed name: String) throws {
        self = try JSONDecoder().decode(
            GoldenFile.self, from: Data(contentsOf: GoldenFile.renamedFolder.appendingPathComponent("\(name).json")))
    }

    init(architecture: String) throws {
        self = try JSONDecoder().decode(
            GoldenFile.self, from: Data(contentsOf: GoldenFile.folder.appendingPathComponent("\(architecture).json")))
    }
}

extension FormulaTensors {
    /// The tensors that a golden file was made with.
    init(_ golden: GoldenFile) throws {
        if let tensors = golden.tensors {
            self.init(tensors.sorted { $0.key < $1.key }.map { (name: $0.key, shape: Shape($0.value)) }, gain: golden.gain)
        } else {
            try self.init(architecture: golden.architecture, gain: golden.gain, changes: golden.changes)
        }
        configuration = golden.configuration.flatMap { NetworkConfiguration(path: "config.json", json: Data($0.utf8)) }
    }
}
