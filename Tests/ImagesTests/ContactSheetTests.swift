import Images
import Testing

@Suite struct ContactSheetTests {
    private let red = Picture(width: 2, height: 1, colour: RGB(255, 0, 0))
    private let blue = Picture(width: 1, height: 2, colour: RGB(0, 0, 255))

    @Test func placesPicturesInRows() {
        let sheet = ContactSheet(columns: 2, gap: 1, background: RGB(9, 8, 7), enlargement: 2).picture(of: [red, blue, red])
        #expect((sheet.width, sheet.height) == (9, 9))
        #expect(sheet[0, 0] == RGB(255, 0, 0) && sheet[3, 1] == RGB(255, 0, 0))
        #expect(sheet[0, 2] == RGB(9, 8, 7) && sheet[4, 0] == RGB(9, 8, 7))
        #expect(sheet[5, 0] == RGB(0, 0, 255) && sheet[6, 3] == RGB(0, 0, 255) && sheet[7, 0] == RGB(9, 8, 7))
        #expect(sheet[0, 5] == RGB(255, 0, 0) && sheet[3, 6] == RGB(255, 0, 0) && sheet[5, 5] == RGB(9, 8, 7))
    }

    @Test func fewPicturesMakeANarrowSheet() {
        let sheet = ContactSheet(columns: 5, gap: 3).picture(of: [red])
        #expect(sheet == red)
    }

    @Test func enlargementKeepsTheOrderOfPixels() throws {
        let source = try Fixture.ppm("tensor-source")
        let sheet = ContactSheet(columns: 1, gap: 0, enlargement: 3).picture(of: [source])
        for y in 0..<sheet.height {
            for x in 0..<sheet.width {
                #expect(sheet[x, y] == source[x / 3, y / 3])
            }
        }
    }
}
