/// A colour picture with an opacity for every pixel.
public struct TranslucentPicture: Sendable, Equatable {
    public let colours: Picture
    /// From 0, clear, to 255, solid; `width * height` of them, rows from the top.
    public let opacity: [UInt8]

    public init(colours: Picture, opacity: [UInt8]) {
        precondition(opacity.count == colours.width * colours.height, "an opacity for every pixel")
        self.colours = colours
        self.opacity = opacity
    }

    /// Red, green, blue and opacity of every pixel in turn.
    var interleaved: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(4 * opacity.count)
        for (index, value) in opacity.enumerated() { result += colours.pixels[3 * index..<3 * index + 3] + [value] }
        return result
    }
}
