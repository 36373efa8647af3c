import Foundation

@testable import Training

/// What `Fixtures/make_offline_goldens.py` wrote.
struct OfflineGolden: Decodable {
    var dimension: Int
    var rows: [Float]
    var labels: [Int32]?
    var classes: Int?
    var first: [Float]?
    var iterations: Int?
    var centres: [Float]?
    var counts: [Int]?
    var inertia: Double?
    var words: Int?
    var mean_inertia: Double?
    var mean: [Float]?
    var scalings: [Float]?
    var shares: [Double]?
    var singular: [Float]?
    var singular_dimension: Int?
    var singular_projected: [Float]?
    var per_class: Int?
    var scores: [Float]?

    init(_ name: String) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures")
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: folder.appendingPathComponent("\(name).json")))
    }

    func features(batch: Int = 4096) -> MemoryFeatures {
        MemoryFeatures(
            values: rows, dimension: dimension, labels: labels ?? [], classNames: (0..<(classes ?? 0)).map { "class \($0)" },
            batch: batch)
    }
}

/// The largest difference of two lists of equal length, infinite otherwise.
func difference(_ left: [Float], _ right: [Float]) -> Float {
    guard left.count == right.count else { return .infinity }
    return zip(left, right).reduce(0) { max($0, $1.0 == $1.1 ? 0 : abs($1.0 - $1.1)) }
}

/// Hands on the rows of another source and throws when it is asked for one pass too many, as a kill would stop the work.
struct ShortLivedFeatures: FeatureSource {
    struct Stopped: Error {}
    final class Left {
        var passes: Int
        init(_ passes: Int) { self.passes = passes }
    }

    let source: MemoryFeatures
    let left: Left

    init(_ source: MemoryFeatures, passes: Int = .max) {
        self.source = source
        left = Left(passes)
    }

    var dimension: Int { source.dimension }
    var classNames: [String] { source.classNames }
    var identity: [String: String] { source.identity }

    func forEachBatch(_ body: (FeatureBatch) throws -> Void) throws {
        guard left.passes > 0 else { throw Stopped() }
        left.passes -= 1
        try source.forEachBatch(body)
    }
}
