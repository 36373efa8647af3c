import Foundation
import Images
import Testing

/// The files in Fixtures, made by `make_fixtures.py` there.
enum Fixture {
    static let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil)

    static func path(_ name: String) throws -> String {
        try #require(folder).appendingPathComponent(name).path
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    /// The names that end in `suffix`, sorted.
    static func names(_ suffix: String) -> [String] {
        let names = folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) } ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted()
    }

    /// All images to decode: those that have a picture of Pillow's beside them.
    static let images = names(".ppm").map { String($0.dropLast(4)) }.filter { $0.contains(".") }

    /// The picture in a binary PPM file of 8 bits, as `make_fixtures.py` writes it.
    static func ppm(_ name: String) throws -> Picture {
        let bytes = try bytes("\(name).ppm")
        let end = try #require(bytes.firstIndex(of: UInt8(ascii: "\n")))
        let header = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ")
        return Picture(width: try #require(Int(header[1])), height: try #require(Int(header[2])), pixels: Array(bytes[(end + 1)...]))
    }

    /// The largest difference of two pictures' values; nil when their sizes differ.
    static func difference(_ a: Picture, _ b: Picture) -> Int? {
        guard a.width == b.width, a.height == b.height else { return nil }
        return zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }.max()
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers on every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A new folder under the temporary one, removed when it goes out of use.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("images-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes `text` to `name`, with the folders on the way there; returns the path.
    @discardableResult
    func write(_ name: String, _ text: String = "") throws -> String {
        let file = "\(path)/\(name)"
        try FileManager.default.createDirectory(atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }
}
