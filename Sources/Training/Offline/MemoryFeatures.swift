import Run

/// Features in memory.
public struct MemoryFeatures: FeatureSource, Sendable {
    public let dimension: Int
    public let classNames: [String]
    public let identity: [String: String]
    private let values: [Float]
    private let labels: [Int32]
    private let batch: Int

    /// - Parameters:
    ///   - values: rows x dimension.
    ///   - labels: the class of each row, -1 for none; empty when no class is known.
    ///   - batch: how many rows are handed over at once.
    public init(values: [Float], dimension: Int, labels: [Int32] = [], classNames: [String] = [], batch: Int = 4096) {
        precondition(dimension > 0 && values.count % dimension == 0, "whole rows")
        precondition(labels.isEmpty || labels.count == values.count / dimension, "a label a row, or none at all")
        precondition(labels.allSatisfy { $0 >= -1 && $0 < classNames.count }, "labels of named classes")
        self.values = values
        self.dimension = dimension
        self.labels = labels.isEmpty ? Array(repeating: -1, count: values.count / dimension) : labels
        self.classNames = classNames
        self.batch = batch
        identity = [
            "features": FileHash.sha256(values.withUnsafeBytes { Array($0) } + self.labels.withUnsafeBytes { Array($0) }),
            "dimension": String(dimension), "classes": classNames.joined(separator: "\n"),
        ]
    }

    public func forEachBatch(_ body: (FeatureBatch) throws -> Void) throws {
        try values.withUnsafeBufferPointer { values in
            try labels.withUnsafeBufferPointer { labels in
                guard let first = values.baseAddress, let classes = labels.baseAddress else { return }
                for begin in stride(from: 0, to: labels.count, by: batch) {
                    try body(
                        FeatureBatch(values: first + begin * dimension, labels: classes + begin, rows: min(batch, labels.count - begin)))
                }
            }
        }
    }
}
