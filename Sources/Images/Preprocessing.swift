public import Diagnostics

/// How a picture becomes the input of a network: resize, centre crop, channels in order, normalise. The semantics are those of
/// torchvision's `Resize`, `CenterCrop`, `ToTensor` and `Normalize` on Pillow images, to the last bit.
public struct Preprocessing: Sendable, Equatable {
    /// What happens to a picture's size before the crop.
    public enum Resizing: Sendable, Equatable {
        /// No such step; a picture of another size than the crop is then resized to exactly that size, which suits networks for tiny
        /// pictures, where a crop would cut away the thing to see, and networks that see pictures whole.
        case exact
        /// The length in pixels that the shorter side is given; the longer one in proportion.
        case shorterSide(Int)
        /// The height and width that every picture is given, whatever its shape.
        case stretched(height: Int, width: Int)
        /// The height and width that the picture just covers, in proportion (timm's `ResizeKeepRatio`).
        case covering(height: Int, width: Int)
    }

    /// Which of a picture's colours the network's channels are, in its order.
    public enum ChannelOrder: Sendable, Equatable { case rgb, bgr, grey }

    public let resizing: Resizing
    public let interpolation: Resampling
    /// Height of the network's input, in pixels.
    public let cropHeight: Int
    /// Width of the network's input, in pixels.
    public let cropWidth: Int
    /// True where the offset of the crop is rounded down and padding in front up, as transformers does.
    public let centresDown: Bool
    public let order: ChannelOrder
    /// What black and white become before means are taken off.
    public let valueRange: ClosedRange<Float>
    /// Of each of the network's channels, of values in `valueRange`.
    public let mean: [Float]
    /// Of each of the network's channels, of values in `valueRange`.
    public let standardDeviation: [Float]

    /// The largest length of a side, in pixels.
    private static let largestSide = 1 << 14

    /// Throws a usage `Problem` for a side outside 1...16384, for other than one mean and deviation for each channel, or for a
    /// deviation that is not positive.
    public init(
        resizing: Resizing, interpolation: Resampling = .bilinear, cropHeight: Int, cropWidth: Int, centresDown: Bool = false,
        order: ChannelOrder = .rgb, valueRange: ClosedRange<Float> = 0...1, mean: [Float], standardDeviation: [Float]
    ) throws(Problem) {
        let sides =
            switch resizing {
            case .exact: [cropHeight, cropWidth]
            case .shorterSide(let side): [side, cropHeight, cropWidth]
            case .stretched(let height, let width), .covering(let height, let width): [height, width, cropHeight, cropWidth]
            }
        for side in sides where !(1...Self.largestSide).contains(side) {
            throw Problem(
                "preprocessing asks for a side of \(side) pixels", explanation: "1 to \(Self.largestSide) make sense", kind: .usage)
        }
        let channels = order == .grey ? 1 : 3
        guard mean.count == channels, mean.allSatisfy(\.isFinite), standardDeviation.count == channels,
            standardDeviation.allSatisfy({ $0.isFinite && $0 > 0 })
        else {
            throw Problem(
                "preprocessing has the mean \(mean) and the standard deviation \(standardDeviation)",
                explanation: channels == 1
                    ? "one number each was expected, for grey, and a positive deviation"
                    : "three numbers each were expected, for red, green and blue, and positive deviations",
                kind: .usage)
        }
        self.resizing = resizing
        self.interpolation = interpolation
        self.cropHeight = cropHeight
        self.cropWidth = cropWidth
        self.centresDown = centresDown
        self.order = order
        self.valueRange = valueRange
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    /// The usual form: the shorter side resized to `resize`, or nothing but the crop's size; red, green and blue from 0 to 1.
    public init(
        resize: Int?, interpolation: Resampling = .bilinear, cropHeight: Int, cropWidth: Int, mean: [Float], standardDeviation: [Float]
    ) throws(Problem) {
        try self.init(
            resizing: resize.map { .shorterSide($0) } ?? .exact, interpolation: interpolation, cropHeight: cropHeight, cropWidth: cropWidth,
            mean: mean, standardDeviation: standardDeviation)
    }

    /// Channels of the network's input.
    public var channels: Int { mean.count }

    /// Returns the same way to pictures of another size, what is cut away in proportion.
    public func scaled(toHeight height: Int, width: Int) throws(Problem) -> Preprocessing {
        func tall(_ side: Int) -> Int { side * height / cropHeight }
        func wide(_ side: Int) -> Int { side * width / cropWidth }
        let resizing: Resizing =
            switch self.resizing {
            case .exact: .exact
            case .shorterSide(let side): .shorterSide(tall(side))
            case .stretched(let high, let across): .stretched(height: tall(high), width: wide(across))
            case .covering(let high, let across): .covering(height: tall(high), width: wide(across))
            }
        return try Preprocessing(
            resizing: resizing, interpolation: interpolation, cropHeight: height, cropWidth: width, centresDown: centresDown, order: order,
            valueRange: valueRange, mean: mean, standardDeviation: standardDeviation)
    }

    /// Returns the same for pictures that are seen whole, straight at the crop's size.
    public func whole() throws(Problem) -> Preprocessing {
        try Preprocessing(
            resizing: .exact, interpolation: interpolation, cropHeight: cropHeight, cropWidth: cropWidth, order: order, valueRange: valueRange,
            mean: mean, standardDeviation: standardDeviation)
    }

    /// Returns the same way from file to pixels, with the numbers that `other` makes of them.
    public func normalising(as other: Preprocessing) throws(Problem) -> Preprocessing {
        try Preprocessing(
            resizing: resizing, interpolation: interpolation, cropHeight: cropHeight, cropWidth: cropWidth, centresDown: centresDown,
            order: other.order, valueRange: other.valueRange, mean: other.mean, standardDeviation: other.standardDeviation)
    }

    /// True where the same pixels of a file become numbers here and in `other`, whatever the numbers: what is read for one serves both.
    public func sharesPixels(with other: Preprocessing) -> Bool {
        // Grey is mixed before a picture is resized.
        channels == other.channels && (try? normalising(as: other)) == other
    }

    /// Returns the part of `picture` that the network sees, `cropWidth` x `cropHeight` pixels, black where the crop reaches
    /// over the resized picture's edges; grey where the network sees grey.
    public func picture(_ picture: Picture) -> Picture {
        // Data sets of grey pictures are read as such, before anything else is done.
        let picture = order == .grey ? picture.grey() : picture
        let width: Int, height: Int
        switch resizing {
        case .exact:
            if picture.width == cropWidth, picture.height == cropHeight { return picture }
            return picture.resized(width: cropWidth, height: cropHeight, filter: interpolation)
        case .shorterSide(let side):
            // The longer side is truncated, as Python's int() does.
            let upright = picture.width <= picture.height
            width = upright ? side : side * picture.width / picture.height
            height = upright ? side * picture.height / picture.width : side
        case .stretched(let high, let across): (height, width) = (high, across)
        case .covering(let high, let across):
            let ratio = min(Double(picture.height) / Double(high), Double(picture.width) / Double(across))
            height = max(1, Int((Double(picture.height) / ratio).rounded(.toNearestOrEven)))
            width = max(1, Int((Double(picture.width) / ratio).rounded(.toNearestOrEven)))
        }
        let across = Self.centre(cropWidth, of: width, down: centresDown)
        let down = Self.centre(cropHeight, of: height, down: centresDown)
        let seen = picture.resized(
            width: width, height: height, filter: interpolation, columns: across.range, rows: down.range)
        if seen.width == cropWidth, seen.height == cropHeight { return seen }

        var pixels = [UInt8](repeating: 0, count: 3 * cropWidth * cropHeight)
        for y in 0..<seen.height {
            let target = 3 * ((y + down.padding) * cropWidth + across.padding)
            pixels.replaceSubrange(target..<(target + 3 * seen.width), with: seen.pixels[(3 * seen.width * y)..<(3 * seen.width * (y + 1))])
        }
        return Picture(width: cropWidth, height: cropHeight, pixels: pixels)
    }

    /// Returns what part of a side of `length` a centred crop shows, and how far padding moves it into the crop. The offset
    /// is rounded half to even, as Python's round() does, or, where `down`, as its // does, and padding up.
    static func centre(_ crop: Int, of length: Int, down: Bool = false) -> (range: Range<Int>, padding: Int) {
        if crop >= length { return (0..<length, (crop - length + (down ? 1 : 0)) / 2) }
        let offset = down ? (length - crop) / 2 : Int((Double(length - crop) / 2).rounded(.toNearestOrEven))
        return (offset..<(offset + crop), 0)
    }

    /// Which of a pixel's red, green and blue a channel of the network is; grey pixels have it in all three.
    public func colour(of channel: Int) -> Int { order == .bgr ? 2 - channel : channel }

    /// The numbers that the 256 values of a pixel become in a channel, in float32: `(v - mean) / standardDeviation`, where v is
    /// `p / 255`, spread over the range of values.
    public func numbers(of channel: Int) -> [Float] {
        let (low, extent) = (valueRange.lowerBound, valueRange.upperBound - valueRange.lowerBound)
        return (0..<256).map { (Float($0) / 255 * extent + low - mean[channel]) / standardDeviation[channel] }
    }

    /// Of each channel, the mean and the standard deviation as they are of values from 0 to 1.
    public var unitMean: [Float] { mean.map { ($0 - valueRange.lowerBound) / (valueRange.upperBound - valueRange.lowerBound) } }
    public var unitDeviation: [Float] { standardDeviation.map { $0 / (valueRange.upperBound - valueRange.lowerBound) } }

    /// Writes what `numbers` says of each value of `picture` to `values`, which must hold channels x height x width values: channels
    /// first, then rows.
    public func tensorValues(of picture: Picture, into values: UnsafeMutablePointer<Float>) {
        let count = picture.width * picture.height
        picture.pixels.withUnsafeBufferPointer { pixels in
            guard let pixels = pixels.baseAddress else { return }
            for channel in 0..<channels {
                let plane = values + channel * count, colour = colour(of: channel)
                numbers(of: channel).withUnsafeBufferPointer { table in
                    for index in 0..<count {
                        plane[index] = table[Int(pixels[3 * index + colour])]
                    }
                }
            }
        }
    }

    /// Returns the picture whose normalised values are the channels x `height` x `width` at `values`: the inverse of `tensorValues`,
    /// rounded to 8 bits, what is out of range clamped, what is not a number black.
    public func picture(fromNormalised values: UnsafePointer<Float>, height: Int, width: Int) -> Picture {
        let count = height * width
        let (mean, deviation) = (unitMean, unitDeviation)
        var pixels = [UInt8](repeating: 0, count: 3 * count)
        for channel in 0..<channels {
            let plane = values + channel * count, colour = colour(of: channel)
            for index in 0..<count {
                let value = (plane[index] * deviation[channel] + mean[channel]) * 255
                // Comparisons with a value that is not a number fail, and leave 0.
                let byte = value > 0 ? UInt8(min(value, 255).rounded()) : 0
                if channels == 1 {
                    for colour in 0..<3 { pixels[3 * index + colour] = byte }
                } else {
                    pixels[3 * index + colour] = byte
                }
            }
        }
        return Picture(width: width, height: height, pixels: pixels)
    }
}
