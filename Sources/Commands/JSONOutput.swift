import Foundation

/// Values as JSON, for programs to read.
enum JSONOutput {
    /// Writes `value` to standard output.
    static func print(_ value: some Encodable) throws {
        try StandardOutput.print(text(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]))
    }

    /// `value` on one line, unless told otherwise.
    static func text(
        _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    ) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
