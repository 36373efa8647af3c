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
        #expect(Fixture.names(".ppm").count { $0.hasPrefix("resized-") } == 16)
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
