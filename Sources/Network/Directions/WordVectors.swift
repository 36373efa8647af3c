import Diagnostics
import Foundation
import Tensors

/// Words, and the vector that a text encoder made of each: a safetensors file with one matrix (words x numbers) and the words in its
/// metadata, as a JSON list or one a line.
public struct WordVectors: Sendable {
    /// More words at once than make sense for any vocabulary; each is compared with each unit.
    public static let most = 1 << 17

    public let words: [String]
    /// Numbers of a vector.
    public let width: Int
    /// One row a word, each of length 1.
    public let values: [Float]
    /// Where the words were found: `a JSON list in the metadata's “words”`.
    public let source: String

    private static let matrices = ["words", "text", "text_embeds", "embeddings", "vectors"]
    /// Sums of products of a vector's numbers take their square.
    private static let widest = 4096
    private static let lists = ["words", "names", "classes", "labels", "vocabulary", "texts"]

    public init(words: [String], width: Int, values: [Float], source: String = "") {
        precondition(values.count == words.count * width, "a vector for every word")
        (self.words, self.width, self.source) = (words, width, source)
        self.values = Self.unit(values, width)
    }

    /// The words in the file at `path`.
    /// - Throws: `Problem` when it cannot be read, it is not clear which matrix is meant, or words and vectors do not fit together.
    public static func read(path: String) throws -> WordVectors {
        let file = try Checkpoint.read(path: path, prefix: "")
        let matrices = file.names.filter { file.shape(of: $0)?.rank == 2 }
        guard !file.bringsNetwork, let name = matrices.count == 1 ? matrices[0] : Self.matrices.first(where: matrices.contains), let shape = file.shape(of: name)
        else {
            throw refusal(path, matrices.isEmpty ? "it has no matrix" : "it has \(matrices.count) matrices, and none of them is called `words`")
        }
        let (words, source) = try list(file.metadata, path)
        guard words.count == shape[0] else {
            throw refusal(path, "it names \(words.count) words (\(source)), and \(printable(name)) has \(shape[0]) rows")
        }
        guard shape[0] > 0, shape[1] > 0, shape[0] <= most, shape[1] <= widest else {
            throw refusal(path, "\(printable(name)) is \(shape); up to \(most) words of \(widest) numbers can be compared")
        }
        let values = try file.tensor(name).values
        guard values.allSatisfy(\.isFinite) else { throw refusal(path, "\(printable(name)) holds NaN or infinity") }
        if let empty = (0..<shape[0]).first(where: { values[$0 * shape[1]..<($0 + 1) * shape[1]].allSatisfy { $0 == 0 } }) {
            throw refusal(path, "the vector of “\(printable(words[empty]))” is zero")
        }
        return WordVectors(words: words, width: shape[1], values: values, source: source)
    }

    private static func list(_ metadata: [String: String], _ path: String) throws -> (words: [String], source: String) {
        guard let key = lists.first(where: { metadata[$0] != nil }), let text = metadata[key] else {
            throw refusal(path, metadata.isEmpty ? "it has no metadata" : "its metadata has \(metadata.keys.sorted().prefix(6).map(printable).joined(separator: ", "))")
        }
        if text.drop(while: \.isWhitespace).hasPrefix("[") {
            guard let list = JSONValue(Data(text.utf8))?.array, case let words = list.compactMap(\.text), words.count == list.count else {
                throw refusal(path, "`\(key)` in its metadata begins like a JSON list, and is none of texts")
            }
            return (words.map(clean), "a JSON list in the metadata’s `\(key)`")
        }
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map { clean(String($0)) }
        if lines.last == "" { lines.removeLast() }
        return (lines, "lines in the metadata’s `\(key)`")
    }

    private static func clean(_ word: String) -> String { word.trimmingCharacters(in: .whitespaces) }

    private static func refusal(_ path: String, _ why: String) -> Problem {
        Problem(
            "\(path) does not say what words it has: \(why)",
            explanation: "A safetensors file was expected with one matrix, words x numbers, and in its metadata `words`: a JSON list, or one word a line.",
            remedy: "docs/words.md has a short script that makes one.", kind: .usage)
    }

    /// Rows of length 1.
    public static func unit(_ values: [Float], _ width: Int) -> [Float] {
        var values = values
        for row in stride(from: 0, to: values.count, by: max(1, width)) {
            let length = values[row..<row + width].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            guard length > 0 else { continue }
            for place in row..<row + width { values[place] = Float(Double(values[place]) / length) }
        }
        return values
    }
}
