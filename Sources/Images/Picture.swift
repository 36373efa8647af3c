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
}
