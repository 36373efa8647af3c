/// How the values of feature maps lie in a buffer.
public enum Layout: Sendable, Hashable {
    /// Row-major, whatever the rank: `N x C x H x W` for feature maps.
    case plain
    /// `N x ceil(C/16) x H x W x 16`: sixteen channels of a position side by side, as oneDNN's kernels for AVX-512 and our own
    /// loops like them (for other processors `AdaptedPrimitive` changes the blocks). Channels past C are zero.
    case blocked

    /// Channels in a block.
    public static let block = 16

    /// The number of values in a buffer for `batch` tensors of `shape`; blocked ones are maps (C x H x W) or vectors (C).
    public func count(batch: Int, _ shape: Shape) -> Int {
        switch self {
        case .plain: batch * shape.count
        case .blocked: batch * Layout.blocks(shape[0]) * Layout.block * shape.dimensions.dropFirst().reduce(1, *)
        }
    }

    /// The number of blocks that hold `channels`.
    @inlinable public static func blocks(_ channels: Int) -> Int { (channels + 15) / 16 }

    /// Copies `batch` maps of `shape` (C x H x W) from this layout into row-major order.
    public func unpack(
        _ source: UnsafePointer<Float>, batch: Int, _ shape: Shape, into target: UnsafeMutablePointer<Float>
    ) {
        guard self == .blocked else { return target.update(from: source, count: batch * shape.count) }
        let area = shape[1] * shape[2]
        Layout.forEachChannel(batch: batch, shape) { blocked, plain in
            guard let plain else { return }
            for position in 0..<area { target[plain + position] = source[blocked + position * 16] }
        }
    }

    /// Copies `batch` maps of `shape` (C x H x W) from row-major order into this layout. Channels past C become zero.
    public func pack(
        _ source: UnsafePointer<Float>, batch: Int, _ shape: Shape, into target: UnsafeMutablePointer<Float>
    ) {
        guard self == .blocked else { return target.update(from: source, count: batch * shape.count) }
        let area = shape[1] * shape[2]
        Layout.forEachChannel(batch: batch, shape) { blocked, plain in
            if let plain {
                for position in 0..<area { target[blocked + position * 16] = source[plain + position] }
            } else {
                for position in 0..<area { target[blocked + position * 16] = 0 }
            }
        }
    }

    /// Calls `body` with the place of the first value of every channel, up to a whole block of them: in blocks, and in row-major order,
    /// where channels past the last one have none.
    @inline(__always)
    private static func forEachChannel(batch: Int, _ shape: Shape, _ body: (_ blocked: Int, _ plain: Int?) -> Void) {
        let (channels, area) = (shape[0], shape[1] * shape[2])
        let blocks = Layout.blocks(channels)
        for image in 0..<batch {
            for channel in 0..<blocks * 16 {
                body(
                    (image * blocks + channel / 16) * area * 16 + channel % 16,
                    channel < channels ? (image * channels + channel) * area : nil)
            }
        }
    }
}
