/// How a listing of images is divided for sums: over each block by itself, then the blocks in their order. Blocks depend on the number of
/// images alone, so that sums have the same bits whoever adds up which blocks, on however many machines.
struct SweepBlocks: Equatable {
    /// Blocks of a listing, at most; images of a block, at least and in steps. Every micro-batch lies within one block.
    static let most = 64, step = 64

    let images: Int
    /// Images of a block; the last may have fewer.
    let size: Int

    init(of images: Int) { self.init(of: images, size: ((images + Self.most - 1) / Self.most + Self.step - 1) / Self.step * Self.step) }

    /// Blocks of another `size`, for tests.
    init(of images: Int, size: Int) {
        self.images = images
        self.size = max(1, size)
    }

    var count: Int { (images + size - 1) / size }

    func images(of block: Int) -> Range<Int> { block * size..<min(images, (block + 1) * size) }

    /// The block that `image` lies in.
    func block(of image: Int) -> Int { image / size }

    /// The blocks of a shard, in one piece; of some shards none, where shards are more than blocks.
    func blocks(of shard: RunShard) -> Range<Int> { (shard.number - 1) * count / shard.count..<shard.number * count / shard.count }

    /// The images of a shard.
    func images(of shard: RunShard) -> Range<Int> {
        let blocks = blocks(of: shard)
        return min(images, blocks.lowerBound * size)..<min(images, blocks.upperBound * size)
    }
}
