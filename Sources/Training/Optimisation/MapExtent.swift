public import Tensors

/// How far a layer's maps reach in a blocked buffer: `N x ceil(C/16) x H x W x 16`, where positions `H x W` are counted through.
public struct MapExtent: Sendable, Hashable {
    public let batch: Int
    public let channels: Int
    /// Positions of a map: 1 for vectors.
    public let area: Int

    public init(batch: Int, channels: Int, area: Int = 1) {
        precondition(batch > 0 && channels > 0 && area > 0, "maps of \(channels) channels, \(area) positions, \(batch) images")
        self.batch = batch
        self.channels = channels
        self.area = area
    }

    /// `batch` maps of `shape`, C x H x W, or vectors, C.
    public init(batch: Int, shape: Shape) {
        self.init(batch: batch, channels: shape[0], area: shape.dimensions.dropFirst().reduce(1, *))
    }

    var blocks: Int { Layout.blocks(channels) }
    /// Blocks of sixteen of one image.
    var lanesPerImage: Int { blocks * area }
    /// Positions of all images.
    public var positions: Int { batch * area }
    /// Values in the buffer.
    public var count: Int { batch * lanesPerImage * Layout.block }

    /// Zero for the channels of the last block that there are, minus infinity for the others.
    var lastBlockMask: Lane {
        var mask = Lane(repeating: 0)
        for place in channels - (blocks - 1) * Layout.block..<Layout.block { mask[place] = -.infinity }
        return mask
    }
}
