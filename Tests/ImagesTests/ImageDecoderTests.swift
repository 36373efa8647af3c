import Diagnostics
import Foundation
import Images
import Testing

@Suite struct ImageDecoderTests {
    @Test func fixturesAreThere() {
        #expect(Fixture.names(".png").count >= 28)
        #expect(Fixture.names(".jpg").count >= 25)
    }

    @Test("equals Pillow", arguments: Fixture.images)
    func equalsPillow(name: String) throws {
        let expected = try Fixture.ppm(name)
        let picture = try ImageDecoder.picture(at: Fixture.path(name))
        let difference = try #require(Fixture.difference(picture, expected), "\(picture.width) x \(picture.height)")
        // PNG is exact; versions of libjpeg may differ by a step.
        #expect(difference <= (name.hasSuffix(".png") ? 0 : 1))
    }

    @Test func namesDoNotMatter() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("picture.jpg")
        let bytes = try Fixture.bytes("rgb16.png")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(try ImageDecoder.picture(at: path) == ImageDecoder.decode(bytes, name: "rgb16.png"))
    }

    @Test("every shortened file is a problem", arguments: ["rgb8-filtered.png", "palette4-interlaced.png", "baseline-420.jpg", "progressive-420.jpg"])
    func truncations(name: String) throws {
        let bytes = try Fixture.bytes(name)
        for length in 0..<bytes.count {
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
