import Images
import Testing

@Suite struct ColourMapTests {
    @Test func viridisRunsFromDarkToBright() {
        let map = ColourMap.viridis(0...10)
        #expect(map.colour(of: 0) == RGB(0x44, 0x01, 0x54))
        #expect(map.colour(of: 10) == RGB(0xFD, 0xE7, 0x25))
        let light = stride(from: Float(0), through: 10, by: 0.25).map { value in
            let colour = map.colour(of: value)
            return 0.2126 * Double(colour.red) + 0.7152 * Double(colour.green) + 0.0722 * Double(colour.blue)
        }
        #expect(zip(light, light.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func divergingIsCentredOnZero() {
        let map = ColourMap.diverging(greatest: 2)
        #expect(map.colour(of: 0) == RGB(247, 247, 247))
        #expect(map.colour(of: 2) == RGB(103, 0, 31))
        #expect(map.colour(of: -2) == RGB(5, 48, 97))
        #expect(ColourMap.diverging(greatest: 0).colour(of: 0) == RGB(247, 247, 247))
    }

    @Test func anyNumberHasAColour() {
        let map = ColourMap.viridis(0...1)
        #expect(map.colour(of: -5) == map.colour(of: 0) && map.colour(of: .infinity) == map.colour(of: 1))
        #expect(map.colour(of: .nan) == RGB(128, 128, 128))
        #expect(ColourMap.viridis(3...3).colour(of: 3) == RGB(0x44, 0x01, 0x54))
        #expect(ColourMap.diverging(greatest: .greatestFiniteMagnitude).colour(of: 0) == RGB(247, 247, 247))
        #expect(map.picture(of: [0, 1, .nan], height: 1, width: 3)[1, 0] == RGB(0xFD, 0xE7, 0x25))
    }
}
