import Images

/// Writes pictures as a network's input: `Preprocessing.tensorValues`, with the pictures moved and mirrored on the way.
struct NormalisedPixels: Sendable {
    /// For each channel: the normalised value of each of 256.
    private let table: [Float]
    /// For each channel: which of a pixel's colours it is.
    private let colours: [Int]

    init(_ preprocessing: Preprocessing) {
        table = (0..<preprocessing.channels).flatMap(preprocessing.numbers)
        colours = (0..<preprocessing.channels).map(preprocessing.colour)
    }

    /// Writes channels x height x width values.
    func write(_ picture: Picture, moved move: Augmentation.Move = .init(), into values: UnsafeMutablePointer<Float>) {
        let (width, height) = (picture.width, picture.height)
        let columns = (0..<width).map { x in
            3 * Augmentation.reflected((move.isMirrored ? width - 1 - x : x) + move.x, in: width)
        }
        picture.pixels.withUnsafeBufferPointer { pixels in
            table.withUnsafeBufferPointer { table in
                columns.withUnsafeBufferPointer { columns in
                    guard let pixels = pixels.baseAddress, let table = table.baseAddress else { return }
                    for (channel, colour) in colours.enumerated() {
                        let table = table + 256 * channel
                        for y in 0..<height {
                            let row = pixels + 3 * width * Augmentation.reflected(y + move.y, in: height) + colour
                            let target = values + (channel * height + y) * width
                            for x in 0..<width { target[x] = table[Int(row[columns[x]])] }
                        }
                    }
                }
            }
        }
    }
}
