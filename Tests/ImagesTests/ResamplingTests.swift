import Testing

@testable import Images

@Suite struct ResamplingTests {
    @Test("equals Pillow, byte for byte", arguments: Fixture.names(".ppm").filter { $0.hasPrefix("resized-") })
    func equalsPillow(name: String) throws {
        let source = try Fixture.ppm("resize-source")
        let expected = try Fixture.ppm(String(name.dropLast(4)))
        let filter = try #require(Resampling(rawValue: String(name.split(separator: "-")[1])))
        #expect(source.resized(width: expected.width, height: expected.height, filter: filter) == expected)
    }

    @Test func goldensAreThere() {
        #expect(Fixture.names(".ppm").count { $0.hasPrefix("resized-") } == 32)
        #expect(Fixture.names(".ppm").count { $0.hasPrefix("window-") } == 4)
    }

    @Test("a window, cut out and enlarged, equals Pillow's", arguments: Fixture.names(".ppm").filter { $0.hasPrefix("window-") })
    func windowsEqualPillow(name: String) throws {
        let box = name.dropLast(4).split(separator: "-").dropFirst().compactMap { Int($0) }
        let cut = try #require(try Fixture.ppm("resize-source").cropped(to: [box[1], box[0], box[3], box[2]]))
        #expect(try cut.resized(width: 32, height: 32, filter: .bilinear) == Fixture.ppm(String(name.dropLast(4))))
    }

    @Test func windowsThatAreNoPartAreNone() throws {
        let source = try Fixture.ppm("resize-source")
        #expect(source.cropped(to: [0, 0, 47, 61]) == source)
        for wrong in [[0, 0, 48, 61], [0, -1, 4, 4], [4, 4, 4, 8], [8, 0, 4, 4], [0, 0, 4], [], [0, .max, .max, .min]] {
            #expect(source.cropped(to: wrong) == nil, "\(wrong)")
        }
    }

    @Test("a part is the whole's part", arguments: Resampling.allCases, [(40, 30), (100, 90), (61, 20), (60, 12), (61, 47)])
    func parts(filter: Resampling, size: (Int, Int)) throws {
        let source = try Fixture.ppm("resize-source")
        let whole = source.resized(width: size.0, height: size.1, filter: filter)
        let part = source.resized(width: size.0, height: size.1, filter: filter, columns: 5..<(size.0 - 3), rows: 4..<(size.1 - 2))
        for y in 0..<part.height {
            for x in 0..<part.width {
                #expect(part[x, y] == whole[x + 5, y + 4])
            }
        }
    }

    @Test func oneColourStays() {
        let flat = Picture(width: 33, height: 9, colour: RGB(1, 128, 255))
        for filter in Resampling.allCases {
            for (width, height) in [(5, 4), (100, 3), (33, 9), (1, 1), (34, 200)] {
                #expect(flat.resized(width: width, height: height, filter: filter) == Picture(width: width, height: height, colour: RGB(1, 128, 255)))
            }
        }
    }
}
