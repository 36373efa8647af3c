import Testing

@testable import Images

@Suite struct JPEGDecoderTests {
    /// Every pair of a colour ink and black, as Pillow's conversion from CMYK to RGB rounds.
    @Test func inksBecomeColours() {
        var inverted: [UInt8] = []
        var expected: [UInt8] = []
        for ink in 0..<256 {
            for black in 0..<256 {
                let light = 255 - black
                let covered = (Double(ink * light) / 255).rounded()
                inverted += [UInt8(255 - ink), 255, 0, UInt8(light)]
                expected += [UInt8(light - Int(covered)), UInt8(light), 0]
            }
        }
        #expect(JPEGDecoder.colours(ofInvertedInks: inverted).elementsEqual(expected))
    }
}
