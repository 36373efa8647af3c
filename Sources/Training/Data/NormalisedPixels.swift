import Images

/// Writes pictures as a network's input: `Preprocessing.tensorValues`, with the pictures moved and mirrored on the way.
struct NormalisedPixels: Sendable {
    /// For red, green and blue: the normalised value of each of 256.
    private let table: [Float]

    init(_ preprocessing: Preprocessing) {
        table = (0..<3).flatMap { channel in
            (0..<256).map { (Float($0) / 255 - preprocessing.mean[channel]) / preprocessing.standardDeviation[channel] }
        }
    }

    /// Writes 3 x height x width values.
    func write(_ picture: Picture, moved move: Augmentation.Move = .init(), into values: UnsafeMutablePointer<Float>) {
        let (width, height) = (picture.width, picture.height)
        let columns = (0..<width).map { x in
            3 * Augmentation.reflected((move.isMirrored ? width - 1 - x : x) + move.x, in: width)
        }
        picture.pixels.withUnsafeBufferPointer { pixels in
            table.withUnsafeBufferPointer { table in
                columns.withUnsafeBufferPointer { columns in
                    guard let pixels = pixels.baseAddress, let table = table.baseAddress else { return }
                    for channel in 0..<3 {
                        let table = table + 256 * channel
                        for y in 0..<height {
                            let row = pixels + 3 * width * Augmentation.reflected(y + move.y, in: height) + channel
                            let target = values + (channel * height + y) * width
                            for x in 0..<width { target[x] = table[Int(row[columns[x]])] }
                        }
                    }
                }
            }
        }
    }
}
