import Tensors

/// Feature maps in a blocked buffer, as the analysis reads them in a workspace, with their plain values beside it.
struct FeatureMaps {
    let shape: Shape
    /// N x C x H x W.
    let plain: [Float]
    private let buffer: AlignedBuffer

    init(_ plain: [Float], images: Int, shape: Shape) throws {
        self.plain = plain
        self.shape = shape
        buffer = try AlignedBuffer(bytes: Layout.blocked.count(batch: images, shape) * MemoryLayout<Float>.size)
        Layout.blocked.pack(plain, batch: images, shape, into: buffer.floats())
    }

    /// Random maps as behind a ReLU in even channels, with negatives in odd ones.
    static func random(images: Int, shape: Shape, stream: String) throws -> FeatureMaps {
        var random = RandomSource(seed: 21, stream: stream)
        let area = shape[1] * shape[2]
        return try FeatureMaps(
            (0..<images * shape.count).map {
                let value = random.normal()
                return ($0 / area) % shape[0] % 2 == 0 ? max(value, 0) : value
            }, images: images, shape: shape)
    }

    /// Calls `body` with the blocked values. They live as long as the call.
    func withBlocked<Result>(_ body: (UnsafeMutablePointer<Float>) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(buffer) { try body(buffer.floats()) }
    }

    /// The blocked values in row-major order, as they are now.
    var unpacked: [Float] {
        var result = plain
        let images = plain.count / shape.count
        withBlocked { Layout.blocked.unpack($0, batch: images, shape, into: &result) }
        return result
    }

    /// One channel of one image.
    func channel(_ channel: Int, of image: Int = 0) -> [Float] {
        let area = shape[1] * shape[2]
        let begin = (image * shape[0] + channel) * area
        return Array(plain[begin..<begin + area])
    }
}
