import Foundation

/// Writes values to standard output as JSON, for programs to read.
enum JSONOutput {
    static func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        try StandardOutput.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
