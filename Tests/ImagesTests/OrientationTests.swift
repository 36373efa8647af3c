import Testing

@testable import Images

@Suite struct OrientationTests {
    private func exif(kind: UInt8 = 3, count: UInt8 = 1, value: [UInt8] = [0, 6, 0, 0]) -> [UInt8] {
        [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, kind, 0, 0, 0, count] + value
    }

    private func read(_ bytes: [UInt8]) -> Orientation? {
        bytes.withUnsafeBytes { Orientation(exif: $0) }
    }

    @Test func reads() {
        #expect(read(exif()) == .rightTop)
        #expect(read(exif(kind: 4, value: [0, 0, 0, 8])) == .leftBottom)
        #expect(read([0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 5, 0, 0, 0]) == .leftTop)
    }

    @Test func ignoresWhatMakesNoSense() {
        #expect(read(exif(value: [0, 0, 0, 0])) == nil)
        #expect(read(exif(value: [0, 9, 0, 0])) == nil)
        #expect(read(exif(kind: 1)) == nil)
        #expect(read(exif(count: 2)) == nil)
        #expect(read([]) == nil)
        #expect(read(Array("MM\0*".utf8) + [0xFF, 0xFF, 0xFF, 0xFF]) == nil)
        #expect(read(Array("II*\0".utf8) + [0xFF, 0xFF, 0xFF, 0xFF, 0, 0]) == nil)
    }

    @Test func survivesGarbage() {
        var random = SeededGenerator(state: 7)
        for round in 0..<3000 {
            var bytes = round % 2 == 0 ? exif() : [0x49, 0x49, 0x2A, 0] + (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }
            for _ in 0..<3 {
                bytes[Int.random(in: 4..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            _ = read(bytes)
            bytes.withUnsafeBytes { _ = Orientation(xmp: $0) }
        }
    }

    @Test func readsXMP() {
        func read(_ text: String) -> Orientation? { Array(text.utf8).withUnsafeBytes { Orientation(xmp: $0) } }
        #expect(read("<a tiff:Orientation=\"6\"/>") == .rightTop)
        #expect(read("<tiff:Orientation>3</tiff:Orientation>") == .bottomRight)
        #expect(read("tiff:Orientation tiff:Orientation=\"8\"") == .leftBottom)
        for text in ["", "tiff:Orientation", "tiff:Orientation=\"", "tiff:Orientation=\"x\"", "tiff:Orientation>0<", "tiff:Orientation='6'"] {
            #expect(read(text) == nil, "\(text)")
        }
    }

    /// A garbage APP1 segment is no reason to refuse a picture.
    @Test func garbageInFilesIsIgnored() throws {
        let plain = try Fixture.bytes("baseline-444.jpg")
        let expected = try ImageDecoder.decode(plain, name: "plain")
        var random = SeededGenerator(state: 3)
        for _ in 0..<100 {
            let body = Array("Exif\0\0MM\0*".utf8) + (0..<Int.random(in: 0..<60, using: &random)).map { _ in UInt8.random(in: 0...3, using: &random) }
            let bytes = plain[..<2] + [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body + plain[2...]
            #expect(try ImageDecoder.decode(Array(bytes), name: "garbage") == expected)
        }
    }
}
