import Foundation
import Relevance

/// Relevance as PyTorch, zennit and captum compute it, with the formula's weights; `Fixtures/make_goldens.py` says what is what.
struct Golden: Decodable {
    struct Target: Decodable {
        var `class`: Int?
        var layer: String?
        var unit: Int?
        var restricted: Bool?
    }

    struct Map: Decodable {
        var name: String
        var shape: [Int]
        var sum: Double
        var largest: Double
        var places: [Int]
        var values: [Double]
        var float32_error: Double
    }

    var architecture: String
    var composite: String
    var gain: Double
    var input: [Int]
    /// Tensors that have another shape than the architecture's own, by name.
    var changes: [String: [Int]]
    var target: Target
    /// Relevance at the start; nil for gradients.
    var started: Double?
    var layers: [Map]

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")

    /// All cases of composites.
    static let cases: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".json") && !$0.contains("inner") }.map { String($0.dropLast(5)) }.sorted()

    init(_ name: String) throws {
        self = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: Golden.folder.appendingPathComponent("\(name).json")))
    }
}
