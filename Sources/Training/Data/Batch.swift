import Tensors

/// Images and labels of one step.
public final class Batch: @unchecked Sendable {
    /// N x 3 x H x W normalised values; there is room for full batches.
    public let images: UnsafeMutablePointer<Float>
    /// The class of every image.
    public internal(set) var labels: [Int] = []
    /// The number of every image in its folder's listing.
    public internal(set) var numbers: [Int] = []
    private let buffer: AlignedBuffer

    /// Room for `capacity` images of `shape` (C x H x W).
    init(capacity: Int, shape: Shape) throws {
        buffer = try AlignedBuffer(bytes: capacity * shape.count * MemoryLayout<Float>.size)
        images = buffer.floats()
    }

    public var count: Int { labels.count }
}
