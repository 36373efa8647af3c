/// How the values of feature maps lie in a buffer.
public enum Layout: Sendable, Hashable {
    /// Row-major, whatever the rank: `N x C x H x W` for feature maps.
    case plain
    /// `N x ceil(C/16) x H x W x 16`: sixteen channels of a position side by side, as oneDNN's kernels for AVX-512 and our own
    /// loops like them (for other processors `AdaptedPrimitive` changes the blocks). Channels past C are zero.
    case blocked
    /// `N x C/8 x H x W x 8`, C a multiple of sixteen: as oneDNN's kernels for AVX2 like them, between operations that take them so
    /// (`Operation.narrowMaps`). There are as many values as in blocks of sixteen, so loops over all of them need not tell the two apart.
    case narrow

    /// Channels in a block.
    public static let block = 16

    /// The number of values in a buffer for `batch` tensors of `shape`; blocked ones are maps (C x H x W) or vectors (C).
    public func count(batch: Int, _ shape: Shape) -> Int {
        switch self {
        case .plain: batch * shape.count
        case .blocked, .narrow: batch * Layout.blocks(shape[0]) * Layout.block * shape.dimensions.dropFirst().reduce(1, *)
        }
    }

    /// The number of blocks that hold `channels`.
    @inlinable public static func blocks(_ channels: Int) -> Int { (channels + 15) / 16 }

    /// Channels in a block of this layout.
    private var width: Int { self == .narrow ? Layout.block / 2 : Layout.block }

    /// Copies `batch` maps of `shape` (C x H x W) from this layout into row-major order.
    public func unpack(
        _ source: UnsafePointer<Float>, batch: Int, _ shape: Shape, into target: UnsafeMutablePointer<Float>
    ) {
        guard self != .plain else { return target.update(from: source, count: batch * shape.count) }
        let area = shape[1] * shape[2], width = width
        Layout.forEachChannel(batch: batch, shape, width: width) { blocked, plain in
            guard let plain else { return }
            for position in 0..<area { target[plain + position] = source[blocked + position * width] }
        }
    }

    /// Copies `batch` maps of `shape` (C x H x W) from row-major order into this layout. Channels past C become zero.
    public func pack(
        _ source: UnsafePointer<Float>, batch: Int, _ shape: Shape, into target: UnsafeMutablePointer<Float>
    ) {
        guard self != .plain else { return target.update(from: source, count: batch * shape.count) }
        let area = shape[1] * shape[2], width = width
        Layout.forEachChannel(batch: batch, shape, width: width) { blocked, plain in
            if let plain {
                for position in 0..<area { target[blocked + position * width] = source[plain + position] }
            } else {
                for position in 0..<area { target[blocked + position * width] = 0 }
            }
        }
    }

    /// Calls `body` with the place of the first value of every channel, up to a whole block of sixteen: in blocks of `width`, and in
    /// row-major order, where channels past the last one have none.
    @inline(__always)
    private static func forEachChannel(batch: Int, _ shape: Shape, width: Int, _ body: (_ blocked: Int, _ plain: Int?) -> Void) {
        let (channels, area) = (shape[0], shape[1] * shape[2])
        let padded = Layout.blocks(channels) * block
        for image in 0..<batch {
            for channel in 0..<padded {
                body(
                    (image * padded + channel / width * width) * area + channel % width,
                    channel < channels ? (image * channels + channel) * area : nil)
            }
        }
    }
}
