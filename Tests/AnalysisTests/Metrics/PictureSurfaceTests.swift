import Images
import Testing

@testable import Analysis

struct PictureSurfaceTests {
    /// A chequered picture of black and white, and its values as a network might see them.
    private static func surface(width: Int, height: Int, _ colour: (Int, Int) -> [UInt8], deviation: Float = 1) -> PictureSurface {
        var pixels: [UInt8] = [], values = [Float](repeating: 0, count: 3 * width * height)
        for y in 0..<height {
            for x in 0..<width {
                let bytes = colour(x, y)
                pixels += bytes
                for channel in 0..<3 { values[(channel * height + y) * width + x] = Float(bytes[channel]) / 255 / deviation }
            }
        }
        return PictureSurface(Picture(width: width, height: height, pixels: pixels), values: values, channels: 3)
    }

    @Test func grainIsTheMeanDifferenceOfNeighbours() {
        let white: [UInt8] = [255, 255, 255], black: [UInt8] = [0, 0, 0]
        #expect(Self.surface(width: 5, height: 4) { _, _ in white }.grain == 0)
        #expect(abs(Self.surface(width: 5, height: 4, { ($0 + $1) % 2 == 0 ? white : black }, deviation: 0.25).grain - 4) < 1e-6)
        // Columns: 4 x 4 pairs across differ, 5 x 3 down do not.
        #expect(abs(Self.surface(width: 5, height: 4) { x, _ in x % 2 == 0 ? white : black }.grain - 16 / 31) < 1e-6)
        // One channel of three.
        #expect(abs(Self.surface(width: 2, height: 1) { x, _ in [x == 0 ? 255 : 0, 7, 7] }.grain - 1 / 3) < 1e-6)
        #expect(Self.surface(width: 1, height: 1) { _, _ in white }.grain == 0)
    }

    @Test func colourDistanceIsTheShareThatWouldHaveToChange() {
        let red = Self.surface(width: 4, height: 2) { _, _ in [200, 0, 0] }
        let half = Self.surface(width: 4, height: 2) { x, _ in x < 1 ? [0, 200, 0] : [255, 63, 0] }
        #expect(abs(red.colours.reduce(0, +) - 1) < 1e-6)
        #expect(PictureSurface.colourDistance(red.colours, red.colours) == 0)
        #expect(abs(PictureSurface.colourDistance(red.colours, half.colours) - 0.25) < 1e-6)
        let blue = Self.surface(width: 3, height: 3) { _, _ in [0, 0, 255] }
        #expect(abs(PictureSurface.colourDistance(red.colours, blue.colours) - 1) < 1e-6)
    }
}
