import Images

/// How a picture looks before anyone asks what it shows: how grainy it is, and in which colours.
struct PictureSurface: Sendable {
    /// The mean magnitude of the difference between neighbours to the right and below, over all channels, in normalised values.
    var grain: Float
    /// Shares of the pixels in each of 4 x 4 x 4 equal parts of the colours that a picture can have; they sum to 1.
    var colours: [Float]

    /// Of `picture` as a network sees it that wants `preprocessing`.
    init(_ picture: Picture, as preprocessing: Preprocessing) {
        let values = UnsafeMutablePointer<Float>.allocate(capacity: preprocessing.channels * picture.height * picture.width)
        defer { values.deallocate() }
        preprocessing.tensorValues(of: picture, into: values)
        self.init(picture, values: values, channels: preprocessing.channels)
    }

    /// `values` are those of `picture` as the network sees it, C x H x W.
    init(_ picture: Picture, values: UnsafePointer<Float>, channels: Int) {
        let (height, width) = (picture.height, picture.width)
        var sum = 0.0
        for row in 0..<channels * height {
            let line = values + row * width
            var across: Float = 0, down: Float = 0
            for x in 1..<max(1, width) { across += abs(line[x] - line[x - 1]) }
            if row % height > 0 { for x in 0..<width { down += abs(line[x] - line[x - width]) } }
            sum += Double(across) + Double(down)
        }
        let pairs = channels * (height * (width - 1) + (height - 1) * width)
        grain = pairs > 0 ? Float(sum / Double(pairs)) : 0
        var counts = [Int](repeating: 0, count: 64)
        for pixel in stride(from: 0, to: picture.pixels.count, by: 3) {
            let (red, green, blue) = (picture.pixels[pixel], picture.pixels[pixel + 1], picture.pixels[pixel + 2])
            counts[Int(red >> 6) << 4 | Int(green >> 6) << 2 | Int(blue >> 6)] += 1
        }
        let scale = 1 / Float(height * width)
        colours = counts.map { scale * Float($0) }
    }

    /// The share of pixels that would have to change their colour for one to become the other, in [0, 1]: half the sum of differences of shares.
    static func colourDistance(_ first: [Float], _ second: [Float]) -> Float {
        zip(first, second).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
    }
}
