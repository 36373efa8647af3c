import Diagnostics
import Foundation
import Testing

@testable import Images

@Suite struct ImageDecoderTests {
    @Test func fixturesAreThere() {
        #expect(Fixture.names(".png").count >= 28)
        #expect(Fixture.names(".jpg").count >= 25)
        #expect(Fixture.names(".tif").count >= 60)
        for (kind, count) in [(".webp", 7), (".gif", 10), (".bmp", 16), (".pbm", 2), (".pgm", 6), (".pnm", 3)] {
            #expect(Fixture.names(kind).count >= count, "\(kind)")
        }
    }

    @Test("equals Pillow", arguments: Fixture.images)
    func equalsPillow(name: String) throws {
        let expected = try Fixture.ppm(name)
        // Grey of more than 8 bits is cut off at 255 by Pillow.
        let picture = try ImageDecoder.picture(at: Fixture.path(name), ImageDecoding(greyBits: name.hasPrefix("deep-") ? 8 : nil))
        let difference = try #require(Fixture.difference(picture, expected), "\(picture.width) x \(picture.height)")
        // Versions of libjpeg may differ by a step; all else is exact.
        #expect(difference <= (name.contains("jpeg") || name.hasSuffix(".jpg") ? 1 : 0))
    }

    @Test func greyOfManyBits() throws {
        func shades(_ bits: Int?, _ largest: Int, _ values: [Int]) throws -> [UInt8] {
            let data = values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
            let file = Array("P5 \(values.count) 1 \(largest)\n".utf8) + data
            let picture = try ImageDecoder.decode(file, name: "grey", ImageDecoding(greyBits: bits))
            return (0..<values.count).map { picture[$0, 0].green }
        }
        let values = [0, 1, 255, 256, 4095, 4096, 65535]
        #expect(try shades(nil, 65535, values) == [0, 0, 0, 1, 15, 16, 255])
        #expect(try shades(8, 65535, values) == [0, 1, 255, 255, 255, 255, 255])
        #expect(try shades(12, 65535, values) == [0, 0, 15, 16, 255, 255, 255])
        // A file that says how far its values go is taken at its word.
        #expect(try shades(nil, 4095, [0, 16, 2048, 4095]) == [0, 1, 128, 255])
    }

    @Test("a note how to turn a picture is left out", arguments: ["exif6.jpg", "rgb8-exif6.png", "rgb8-xmp3.png", "exif6.webp"])
    func orientationIgnored(name: String) throws {
        let upright = try ImageDecoder.picture(at: Fixture.path(name))
        let stored = try ImageDecoder.picture(at: Fixture.path(name), ImageDecoding(orientation: .ignored))
        #expect(stored != upright)
        #expect(stored.upright(from: name.contains("xmp3") ? .bottomRight : .rightTop) == upright)
    }

    @Test func tiffIsTurnedAllTheSame() throws {
        let path = try Fixture.path("turned6.tif")
        #expect(try ImageDecoder.picture(at: path, ImageDecoding(orientation: .ignored)) == ImageDecoder.picture(at: path))
    }

    @Test func namesDoNotMatter() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("picture.jpg")
        let bytes = try Fixture.bytes("rgb16.png")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(try ImageDecoder.picture(at: path) == ImageDecoder.decode(bytes, name: "rgb16.png"))
    }

    @Test func otherKindsAreReadUnderTheirOwnNamesOnly() throws {
        let bytes = try Fixture.bytes("lossless.webp")
        #expect(throws: Never.self) { try ImageDecoder.decode(bytes, name: "cat") }
        #expect(throws: Never.self) { try ImageDecoder.decode(bytes, name: "cat.orig") }
        let problem = #expect(throws: Problem.self) { try ImageDecoder.decode(bytes, name: "cat.jpg") }
        #expect(problem?.summary == "cat.jpg is a WebP file, though its name ends in .jpg")
        #expect(throws: Never.self) { try ImageDecoder.decode(Fixture.bytes("grey8.png"), name: "cat.webp") }
    }

    @Test("every shortened file is a problem", arguments: [
        "rgb8-filtered.png", "palette4-interlaced.png", "baseline-420.jpg", "progressive-420.jpg", "lossy.webp", "lossless-alpha.webp", "local.gif",
        "rgb-lzw.tif", "rgb-tiles.tif", "palette4.bmp", "masks32.bmp", "runs8.bmp", "raw.pgm", "plain.pbm",
    ])
    func truncations(name: String) throws {
        let bytes = try Fixture.bytes(name)
        // The marks at a GIF's and a run-length's end say nothing of the picture; nor do blanks and what fills up a row.
        let needless = ["local.gif": 3, "runs8.bmp": 4, "palette4.bmp": 2, "plain.pbm": 1][name] ?? 0
        for length in 0..<(bytes.count - needless) {
            let problem = #expect(throws: Problem.self) { try ImageDecoder.decode(Array(bytes[..<length]), name: name) }
            #expect(problem?.summary.contains(name) == true, "cut at \(length)")
        }
    }

    @Test("changed files decode or are problems", arguments: Fixture.images)
    func mutations(name: String) throws {
        let bytes = try Fixture.bytes(name)
        var random = SeededGenerator(state: UInt64(bytes.count))
        var refused = 0
        for _ in 0..<150 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<changed.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: changed[place] = [0, 0xFF, 0x7F, 0xD8, 0xDA][Int.random(in: 0..<5, using: &random)]
                case 2: changed.removeSubrange(place..<min(place + Int.random(in: 1...9, using: &random), changed.count))
                default: changed.insert(contentsOf: changed.suffix(3), at: place)
                }
                if changed.isEmpty { changed = [0] }
            }
            do throws(Problem) {
                let picture = try ImageDecoder.decode(changed, name: "a file")
                #expect(picture.pixels.count == 3 * picture.width * picture.height)
            } catch {
                refused += 1
                #expect(error.summary.contains("a file"))
            }
        }
        #expect(refused > 0)
    }

    @Test func otherFilesAreRefused() {
        for bytes in [[], Array("GIF89a".utf8), [0xFF, 0xD8], [0x89, 0x50], [UInt8](repeating: 0, count: 5000)] as [[UInt8]] {
            let problem = #expect(throws: Problem.self) { try ImageDecoder.decode(bytes, name: "x.png") }
            #expect(problem?.summary.contains("x.png") == true)
        }
    }

    @Test func pathsThatAreNoFile() throws {
        let folder = try TemporaryFolder()
        #expect(throws: Problem.self) { try ImageDecoder.picture(at: folder.path) }
        #expect(throws: Problem.self) { try ImageDecoder.picture(at: folder.path + "/missing.png") }
        #expect(mkfifo(folder.path + "/pipe.png", 0o600) == 0)
        #expect(throws: Problem.self) { try ImageDecoder.picture(at: folder.path + "/pipe.png") }
    }

    /// A PNG and a JPEG whose headers say that they are of the given size.
    private func declaring(width: Int, height: Int) throws -> [[UInt8]] {
        var png = try Fixture.bytes("rgb8-filtered.png")
        for (place, value) in [(16, width), (20, height)] {
            png.replaceSubrange(place..<(place + 4), with: (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) })
        }
        guard width < 1 << 16, height < 1 << 16 else { return [png] }
        var jpeg = try Fixture.bytes("progressive-420.jpg")
        let frame = try #require((0..<jpeg.count).first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC2 })
        for (place, value) in [(frame + 7, width), (frame + 5, height)] {
            jpeg[place] = UInt8(value >> 8)
            jpeg[place + 1] = UInt8(value & 0xFF)
        }
        return [png, jpeg]
    }

    @Test func giantsAreRefusedBeforeMemoryIsTaken() throws {
        for (width, height) in [(65_535, 65_535), (0xFFFF_FFFF, 1), (1 << 31, 1 << 31), (20_000, 8_000), (0, 10), (10, 0), (65_535, 2_700)] {
            for bytes in try declaring(width: width, height: height) {
                let problem = #expect(throws: Problem.self) { try ImageDecoder.decode(bytes, name: "giant") }
                #expect(problem?.description.contains("\(width) x \(height)") == true)
            }
        }
    }

    @Test func textThatWouldInflateIsSkipped() throws {
        let picture = try ImageDecoder.decode(Fixture.bytes("text-bomb.png.hostile"), name: "bomb")
        #expect((picture.width, picture.height) == (21, 13))
    }

    @Test func jpegKindsThatAreNotRead() throws {
        var twelveBits = try Fixture.bytes("baseline-444.jpg")
        let frame = try #require((0..<twelveBits.count).first { twelveBits[$0] == 0xFF && twelveBits[$0 + 1] == 0xC0 })
        var twoChannels = twelveBits
        twelveBits[frame + 4] = 12
        twoChannels[frame + 9] = 2
        for bytes in [twelveBits, twoChannels] {
            let problem = #expect(throws: Problem.self) { try ImageDecoder.decode(bytes, name: "odd.jpg") }
            #expect(problem?.summary.contains("channels of") == true)
        }
    }
}
