/// Feature vectors with their classes, to be gone through again and again: more than memory holds, the same in the same order every
/// time.
public protocol FeatureSource {
    /// Values in a row.
    var dimension: Int { get }
    /// The names of the classes that labels count, in order; empty where nothing is known about classes.
    var classNames: [String] { get }
    /// Everything that decides what the rows are, as a file about them says it: the teacher's hash, the layer, the images.
    var identity: [String: String] { get }

    /// Calls `body` with one batch after the other. Batches may be of any size.
    func forEachBatch(_ body: (FeatureBatch) throws -> Void) throws
}

/// Some rows of a `FeatureSource`, valid during the call that hands them over.
public struct FeatureBatch {
    /// Rows x dimension.
    public let values: UnsafePointer<Float>
    /// The class of each row; -1 where it is not known.
    public let labels: UnsafePointer<Int32>
    public let rows: Int

    public init(values: UnsafePointer<Float>, labels: UnsafePointer<Int32>, rows: Int) {
        self.values = values
        self.labels = labels
        self.rows = rows
    }
}

extension FeatureSource {
    /// Calls `body` with chunks of exactly `size` rows, the last one shorter: the same chunks whatever the source's batches are, so
    /// that sums over them are rounded alike.
    func forEachChunk(of size: Int, _ body: (FeatureBatch) throws -> Void) throws {
        let dimension = dimension
        let values = UnsafeMutablePointer<Float>.allocate(capacity: size * dimension)
        let labels = UnsafeMutablePointer<Int32>.allocate(capacity: size)
        defer {
            values.deallocate()
            labels.deallocate()
        }
        var filled = 0
        try forEachBatch { batch in
            var begin = 0
            while begin < batch.rows {
                let count = min(size - filled, batch.rows - begin)
                (values + filled * dimension).update(from: batch.values + begin * dimension, count: count * dimension)
                (labels + filled).update(from: batch.labels + begin, count: count)
                begin += count
                filled += count
                if filled == size {
                    try body(FeatureBatch(values: values, labels: labels, rows: size))
                    filled = 0
                }
            }
        }
        if filled > 0 { try body(FeatureBatch(values: values, labels: labels, rows: filled)) }
    }

    /// How many rows are worked on together, of `stride` values each: a few megabytes, and in whole blocks.
    static func chunkRows(stride: Int) -> Int { min(8192, max(256, (1 << 22) / max(1, stride) / 256 * 256)) }
}
