/// A colour picture in memory: 8 bits for each of red, green and blue, interleaved, rows from the top.
public struct Picture: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// `3 * width * height` bytes.
    public var pixels: [UInt8]

    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0 && pixels.count == 3 * width * height, "pixels of a \(width) x \(height) picture")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// A picture of one colour.
    public init(width: Int, height: Int, colour: RGB) {
        var pixels = [UInt8](repeating: colour.red, count: 3 * width * height)
        if colour.green != colour.red || colour.blue != colour.red {
            for index in stride(from: 0, to: pixels.count, by: 3) {
                pixels[index + 1] = colour.green
                pixels[index + 2] = colour.blue
            }
        }
        self.init(width: width, height: height, pixels: pixels)
    }

    /// The colour `x` pixels from the left and `y` from the top.
    public subscript(x: Int, y: Int) -> RGB {
        let index = 3 * (y * width + x)
        return RGB(pixels[index], pixels[index + 1], pixels[index + 2])
    }
}
