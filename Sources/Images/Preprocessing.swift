public import Diagnostics

/// How a picture becomes the input of a network: resize, centre crop, normalise. The semantics are those of torchvision's
/// `Resize`, `CenterCrop`, `ToTensor` and `Normalize` on Pillow images, to the last bit.
public struct Preprocessing: Sendable, Equatable, Codable {
    /// The length in pixels that the shorter side is given before the crop. Nil: no such step; a picture of another size than
    /// the crop is then resized to exactly that size, which suits networks for tiny pictures, where a crop would cut away
    /// the thing to see.
    public let resize: Int?
    public let interpolation: Resampling
    /// Height of the network's input, in pixels.
    public let cropHeight: Int
    /// Width of the network's input, in pixels.
    public let cropWidth: Int
    /// For red, green and blue, of values from 0 to 1.
    public let mean: [Float]
    /// For red, green and blue, of values from 0 to 1.
    public let standardDeviation: [Float]

    /// The largest length of a side, in pixels.
    private static let largestSide = 1 << 14

    /// Throws a usage `Problem` for a side outside 1...16384, for other than three means and deviations, or for a deviation
    /// that is not positive.
    public init(
        resize: Int?, interpolation: Resampling = .bilinear, cropHeight: Int, cropWidth: Int, mean: [Float], standardDeviation: [Float]
    ) throws(Problem) {
        for side in [resize ?? 1, cropHeight, cropWidth] where !(1...Self.largestSide).contains(side) {
            throw Problem(
                "preprocessing asks for a side of \(side) pixels", explanation: "1 to \(Self.largestSide) make sense", kind: .usage)
        }
        guard mean.count == 3, mean.allSatisfy(\.isFinite), standardDeviation.count == 3,
            standardDeviation.allSatisfy({ $0.isFinite && $0 > 0 })
        else {
            throw Problem(
                "preprocessing has the mean \(mean) and the standard deviation \(standardDeviation)",
                explanation: "three numbers each were expected, for red, green and blue, and positive deviations",
                kind: .usage)
        }
        self.resize = resize
        self.interpolation = interpolation
        self.cropHeight = cropHeight
        self.cropWidth = cropWidth
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            resize: container.decodeIfPresent(Int.self, forKey: .resize),
            interpolation: container.decode(Resampling.self, forKey: .interpolation),
            cropHeight: container.decode(Int.self, forKey: .cropHeight),
            cropWidth: container.decode(Int.self, forKey: .cropWidth),
            mean: container.decode([Float].self, forKey: .mean),
            standardDeviation: container.decode([Float].self, forKey: .standardDeviation))
    }

    /// Returns the part of `picture` that the network sees, `cropWidth` x `cropHeight` pixels, black where the crop reaches
    /// over the resized picture's edges.
    public func picture(_ picture: Picture) -> Picture {
        guard let resize else {
            if picture.width == cropWidth, picture.height == cropHeight { return picture }
            return picture.resized(width: cropWidth, height: cropHeight, filter: interpolation)
        }
        // The longer side is truncated, as Python's int() does.
        let upright = picture.width <= picture.height
        let width = upright ? resize : resize * picture.width / picture.height
        let height = upright ? resize * picture.height / picture.width : resize
        let across = Self.centre(cropWidth, of: width)
        let down = Self.centre(cropHeight, of: height)
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
    /// is rounded half to even, as Python's round() does.
    static func centre(_ crop: Int, of length: Int) -> (range: Range<Int>, padding: Int) {
        if crop >= length { return (0..<length, (crop - length) / 2) }
        let offset = Int((Double(length - crop) / 2).rounded(.toNearestOrEven))
        return (offset..<(offset + crop), 0)
    }

    /// Writes `(p / 255 - mean) / standardDeviation` in float32 for each value p of `picture` to `values`, which must hold
    /// 3 x height x width values: channels first, then rows.
    public func tensorValues(of picture: Picture, into values: UnsafeMutablePointer<Float>) {
        let count = picture.width * picture.height
        picture.pixels.withUnsafeBufferPointer { pixels in
            guard let pixels = pixels.baseAddress else { return }
            for channel in 0..<3 {
                let table = (0..<256).map { (Float($0) / 255 - mean[channel]) / standardDeviation[channel] }
                let plane = values + channel * count
                table.withUnsafeBufferPointer { table in
                    for index in 0..<count {
                        plane[index] = table[Int(pixels[3 * index + channel])]
                    }
                }
            }
        }
    }

    /// Returns the picture whose normalised values are the 3 x `height` x `width` at `values`: the inverse of `tensorValues`,
    /// rounded to 8 bits, what is out of range clamped, what is not a number black.
    public func picture(fromNormalised values: UnsafePointer<Float>, height: Int, width: Int) -> Picture {
        let count = height * width
        var pixels = [UInt8](repeating: 0, count: 3 * count)
        for channel in 0..<3 {
            let plane = values + channel * count
            for index in 0..<count {
                let value = (plane[index] * standardDeviation[channel] + mean[channel]) * 255
                // Comparisons with a value that is not a number fail, and leave 0.
                pixels[3 * index + channel] = value > 0 ? UInt8(min(value, 255).rounded()) : 0
            }
        }
        return Picture(width: width, height: height, pixels: pixels)
    }
}
