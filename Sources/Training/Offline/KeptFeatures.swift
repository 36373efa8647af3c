import Diagnostics
import Foundation
import Glibc

/// The rows of another source in a file, so that passes after the first need no network: they read the file from its beginning to its
/// end, a piece at a time.
///
/// The file is for the program that wrote it, on the same machine: a mark, what the rows are (the source's identity), then batches, each
/// with its number of rows, their labels and their values, and a batch without rows as the end.
public final class KeptFeatures: FeatureSource {
    public let dimension: Int
    public let classNames: [String]
    public let identity: [String: String]
    private let path: String
    private let head: [UInt8]

    private static let mark = Array("vitrine features 1\n".utf8)
    /// Rows of a batch in a file of ours: 16 MB at most, whatever the source hands over.
    private static func batchRows(_ dimension: Int) -> Int { max(1, (1 << 22) / dimension) }

    /// The rows of `source` in the file at `path`, made by one pass over it where the file is missing or holds something else.
    public init(_ source: some FeatureSource, at path: String) throws {
        dimension = source.dimension
        classNames = source.classNames
        identity = source.identity
        self.path = path
        head = Self.head(of: source.identity)
        if Self.begins(path, with: head) { return }
        try AtomicFile.write(to: path, isDurable: false) { append in
            try head.withUnsafeBytes { try append($0) }
            try source.forEachBatch { batch in
                for begin in stride(from: 0, to: batch.rows, by: Self.batchRows(dimension)) {
                    let rows = min(Self.batchRows(dimension), batch.rows - begin)
                    try withUnsafeBytes(of: Int64(rows)) { try append($0) }
                    try append(UnsafeRawBufferPointer(start: batch.labels + begin, count: rows * MemoryLayout<Int32>.size))
                    try append(
                        UnsafeRawBufferPointer(
                            start: batch.values + begin * dimension, count: rows * dimension * MemoryLayout<Float>.size))
                }
            }
            try withUnsafeBytes(of: Int64(0)) { try append($0) }
        }
    }

    private static func head(of identity: [String: String]) -> [UInt8] {
        let text = identity.sorted { $0.key < $1.key }.map { "\($0.key)\0\($0.value)\0" }.joined()
        return mark + withUnsafeBytes(of: Int64(text.utf8.count)) { Array($0) } + Array(text.utf8)
    }

    private static func begins(_ path: String, with head: [UInt8]) -> Bool {
        guard let file = fopen(path, "rbe") else { return false }
        defer { fclose(file) }
        return begins(file, with: head)
    }

    /// Leaves the file behind the head.
    private static func begins(_ file: UnsafeMutablePointer<FILE>, with head: [UInt8]) -> Bool {
        var found = [UInt8](repeating: 0, count: head.count)
        return fread(&found, 1, head.count, file) == head.count && found == head
    }

    public func forEachBatch(_ body: (FeatureBatch) throws -> Void) throws {
        guard let file = fopen(path, "rbe") else { throw Problem.system("read", path, code: errno) }
        defer { fclose(file) }
        guard Self.begins(file, with: head) else {
            throw Problem("The kept features in \(path) are of something else by now", remedy: "Run the command again.")
        }
        var values: [Float] = [], labels: [Int32] = []
        while true {
            var count: Int64 = 0
            try read(file, &count, 8)
            guard count != 0 else { return }
            guard count > 0, count <= Self.batchRows(dimension) else { throw damaged }
            let rows = Int(count)
            if rows > labels.count {
                labels = Array(repeating: 0, count: rows)
                values = Array(repeating: 0, count: rows * dimension)
            }
            try read(file, &labels, rows * MemoryLayout<Int32>.size)
            try read(file, &values, rows * dimension * MemoryLayout<Float>.size)
            guard labels[..<rows].allSatisfy({ $0 >= -1 && $0 < classNames.count }) else { throw damaged }
            try values.withUnsafeBufferPointer { values in
                try labels.withUnsafeBufferPointer { labels in
                    guard let first = values.baseAddress, let classes = labels.baseAddress else { return }
                    try body(FeatureBatch(values: first, labels: classes, rows: rows))
                }
            }
        }
    }

    private func read(_ file: UnsafeMutablePointer<FILE>, _ target: UnsafeMutableRawPointer, _ bytes: Int) throws {
        guard fread(target, 1, bytes, file) == bytes else { throw damaged }
    }

    private var damaged: Problem {
        Problem("The kept features in \(path) are damaged", remedy: "Remove the file: it is made again.")
    }
}
