import Diagnostics
import Images
import Testing

@Suite struct PNGEncoderTests {
    @Test func roundTrip() throws {
        let picture = try Fixture.ppm("resize-source")
        let bytes = try PNGEncoder.encode(picture)
        #expect(try ImageDecoder.decode(bytes, name: "written") == picture)
        #expect(try PNGEncoder.encode(picture) == bytes)
        let dot = Picture(width: 1, height: 1, pixels: [1, 2, 3])
        #expect(try ImageDecoder.decode(PNGEncoder.encode(dot), name: "dot") == dot)
    }

    @Test func textIsInTheFile() throws {
        let picture = Picture(width: 2, height: 2, colour: RGB(0, 0, 0))
        let bytes = try PNGEncoder.encode(picture, text: [("Software", "Vitrine"), ("Title", "Blüte")])
        func contains(_ part: [UInt8]) -> Bool { bytes.indices.contains { bytes[$0...].starts(with: part) } }
        #expect(contains(Array("tEXtSoftware\0Vitrine".utf8)))
        #expect(contains(Array("iTXtTitle\0\0\0\0\0Blüte".utf8)))
        #expect(try ImageDecoder.decode(bytes, name: "with text") == picture)
    }

    @Test func keysAndValuesAreChecked() {
        let picture = Picture(width: 1, height: 1, colour: RGB(0, 0, 0))
        for key in ["", " a", "a ", "a  b", "ä", "a\n", String(repeating: "k", count: 80)] {
            #expect(throws: Problem.self) { try PNGEncoder.encode(picture, text: [(key, "value")]) }
        }
        #expect(throws: Problem.self) { try PNGEncoder.encode(picture, text: [("key", "a\0b")]) }
    }
}

@Suite struct JPEGEncoderTests {
    @Test func roundTrip() throws {
        let picture = Picture(width: 40, height: 30, pixels: (0..<3600).map { UInt8(min(255, $0 / 20)) })
        let bytes = try JPEGEncoder.encode(picture, quality: 95)
        let difference = try #require(Fixture.difference(ImageDecoder.decode(bytes, name: "written"), picture))
        #expect(difference <= 8)
        #expect(try JPEGEncoder.encode(picture, quality: 95) == bytes)
        #expect(try JPEGEncoder.encode(picture, quality: 30).count < bytes.count)
    }

    /// At full resolution a red pixel beside a blue one stays red.
    @Test func colourIsNotSubsampled() throws {
        var pixels: [UInt8] = []
        for index in 0..<256 { pixels += index % 2 == 0 ? [255, 0, 0] : [0, 0, 255] }
        let decoded = try ImageDecoder.decode(JPEGEncoder.encode(Picture(width: 16, height: 16, pixels: pixels), quality: 100), name: "stripes")
        #expect(decoded[0, 0].red > 240 && decoded[0, 0].blue < 15)
        #expect(decoded[1, 0].blue > 240 && decoded[1, 0].red < 15)
    }

    @Test func nonsenseIsRefused() {
        let picture = Picture(width: 1, height: 1, colour: RGB(0, 0, 0))
        #expect(throws: Problem.self) { try JPEGEncoder.encode(picture, quality: 0) }
        #expect(throws: Problem.self) { try JPEGEncoder.encode(picture, quality: 101) }
        #expect(throws: Problem.self) { try JPEGEncoder.encode(Picture(width: 65_501, height: 1, colour: RGB(0, 0, 0)), quality: 90) }
    }
}
