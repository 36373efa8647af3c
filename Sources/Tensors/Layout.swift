/// How the values of feature maps lie in a buffer.
public enum Layout: Sendable, Hashable {
    /// Row-major, whatever the rank: `N x C x H x W` for feature maps.
    case plain
    /// `N x ceil(C/16) x H x W x 16`: sixteen channels of a position side by side, as oneDNN's kernels and our own loops
    /// like them. Channels past C are zero.
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
        let (channels, area) = (shape[0], shape[1] * shape[2])
        guard self == .blocked else { return target.update(from: source, count: batch * shape.count) }
        let blocks = Layout.blocks(channels)
        for image in 0..<batch {
            for channel in 0..<channels {
                let from = source + ((image * blocks + channel / 16) * area) * 16 + channel % 16
                let to = target + (image * channels + channel) * area
                for position in 0..<area { to[position] = from[position * 16] }
            }
        }
    }

    /// Copies `batch` maps of `shape` (C x H x W) from row-major order into this layout. Channels past C become zero.
    public func pack(
        _ source: UnsafePointer<Float>, batch: Int, _ shape: Shape, into target: UnsafeMutablePointer<Float>
    ) {
        let (channels, area) = (shape[0], shape[1] * shape[2])
        guard self == .blocked else { return target.update(from: source, count: batch * shape.count) }
        let blocks = Layout.blocks(channels)
        for image in 0..<batch {
            for channel in 0..<blocks * 16 {
                let to = target + ((image * blocks + channel / 16) * area) * 16 + channel % 16
                if channel < channels {
                    let from = source + (image * channels + channel) * area
                    for position in 0..<area { to[position * 16] = from[position] }
                } else {
                    for position in 0..<area { to[position * 16] = 0 }
                }
            }
        }
    }
}
