/// A colour for each number: stops, and straight lines in RGB between them.
public struct ColourMap: Sendable {
    /// The numbers that get the first and the last stop's colours; numbers beyond get them too.
    public let range: ClosedRange<Float>
    /// At equal distances along `range`; at least two.
    public let stops: [RGB]

    public init(range: ClosedRange<Float>, stops: [RGB]) {
        precondition(stops.count >= 2 && range.lowerBound.isFinite && range.upperBound.isFinite, "\(stops.count) stops over \(range)")
        self.range = range
        self.stops = stops
    }

    /// From dark blue through green to yellow, even to the eye and without a false edge: ten samples of matplotlib's viridis
    /// (S. van der Walt and N. Smith, 2015, CC0).
    public static func viridis(_ range: ClosedRange<Float> = 0...1) -> ColourMap {
        ColourMap(
            range: range,
            stops: [
                RGB(0x44, 0x01, 0x54), RGB(0x48, 0x28, 0x78), RGB(0x3E, 0x49, 0x89), RGB(0x31, 0x68, 0x8E), RGB(0x26, 0x82, 0x8E),
                RGB(0x1F, 0x9E, 0x89), RGB(0x35, 0xB7, 0x79), RGB(0x6E, 0xCE, 0x58), RGB(0xB5, 0xDE, 0x2B), RGB(0xFD, 0xE7, 0x25),
            ])
    }

    /// Blue for negative, near-white for zero, red for positive numbers, up to `greatest` on either side: ColorBrewer's RdBu of
    /// eleven colours, reversed. `greatest` must be finite; zero or less is taken as the least positive number.
    public static func diverging(greatest: Float) -> ColourMap {
        let limit = max(greatest, .leastNormalMagnitude)
        return ColourMap(
            range: -limit...limit,
            stops: [
                RGB(5, 48, 97), RGB(33, 102, 172), RGB(67, 147, 195), RGB(146, 197, 222), RGB(209, 229, 240), RGB(247, 247, 247),
                RGB(253, 219, 199), RGB(244, 165, 130), RGB(214, 96, 77), RGB(178, 24, 43), RGB(103, 0, 31),
            ])
    }

    /// Returns the colour of `value`; grey for what is not a number.
    public func colour(of value: Float) -> RGB {
        guard !value.isNaN else { return RGB(128, 128, 128) }
        let inside = min(max(value, range.lowerBound), range.upperBound)
        let length = Double(range.upperBound) - Double(range.lowerBound)
        let position = length > 0 ? (Double(inside) - Double(range.lowerBound)) / length * Double(stops.count - 1) : 0
        let index = min(Int(position), stops.count - 2)
        let share = position - Double(index)
        func mix(_ channel: KeyPath<RGB, UInt8>) -> UInt8 {
            let from = Double(stops[index][keyPath: channel])
            let to = Double(stops[index + 1][keyPath: channel])
            return UInt8((from + (to - from) * share).rounded())
        }
        return RGB(mix(\.red), mix(\.green), mix(\.blue))
    }

    /// Returns the picture whose pixels are the colours of the `height` x `width` numbers `values`, rows from the top.
    public func picture(of values: [Float], height: Int, width: Int) -> Picture {
        precondition(values.count == height * width, "\(values.count) values for \(height) x \(width)")
        var pixels: [UInt8] = []
        pixels.reserveCapacity(3 * values.count)
        for value in values {
            let colour = colour(of: value)
            pixels += [colour.red, colour.green, colour.blue]
        }
        return Picture(width: width, height: height, pixels: pixels)
    }
}
