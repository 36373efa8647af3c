import Tensors

/// The batches of an epoch: which images each holds, and how they are altered. A batch depends on nothing but the seed, its
/// epoch and its number in it, so that training can go on from any of them.
public struct BatchOrder: Sendable {
    public let pictures: LabelledPictures
    /// Images in a batch. The last one of an epoch has what is left, as in PyTorch's `DataLoader` by default.
    public let batchSize: Int
    let augmentation: Augmentation
    /// Nil for the order of the listing.
    let seed: UInt64?
    private let pixels: NormalisedPixels

    /// Shuffled anew for each epoch, and altered.
    public init(_ pictures: LabelledPictures, batchSize: Int, augmentation: Augmentation, seed: UInt64) {
        self.init(pictures, batchSize, augmentation, seed)
    }

    /// In the order of the listing, as they are.
    public init(inOrder pictures: LabelledPictures, batchSize: Int) { self.init(pictures, batchSize, .none, nil) }

    private init(_ pictures: LabelledPictures, _ batchSize: Int, _ augmentation: Augmentation, _ seed: UInt64?) {
        precondition(batchSize > 0, "batches of \(batchSize)")
        self.pictures = pictures
        self.batchSize = batchSize
        self.augmentation = augmentation
        self.seed = seed
        pixels = NormalisedPixels(pictures.images.preprocessing)
    }

    /// Batches in an epoch.
    public var count: Int { (pictures.count + batchSize - 1) / batchSize }

    var shape: Shape {
        let preprocessing = pictures.images.preprocessing
        return [preprocessing.channels, preprocessing.cropHeight, preprocessing.cropWidth]
    }

    /// The images of an epoch in their order (Fisher and Yates).
    func order(epoch: Int) -> [Int] {
        var order = Array(0..<pictures.count)
        guard let seed else { return order }
        var random = RandomSource(seed: seed, stream: "order/\(epoch)")
        for last in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(last, random.integer(in: 0...last)) }
        return order
    }

    /// Makes `batch` the batch `number` of an epoch whose order is `order`. Throws a `Problem` when an image cannot be read.
    func fill(_ batch: Batch, epoch: Int, number: Int, order: [Int]) throws {
        batch.numbers = Array(order[number * batchSize..<min((number + 1) * batchSize, order.count)])
        batch.labels = batch.numbers.map { pictures.labels[$0] }
        var random = RandomSource(seed: seed ?? 0, stream: "augmentation/\(epoch)/\(number)")
        let read = pictures.reader.read(batch.numbers)
        try read.checkWhole()
        for (place, picture) in read.pictures.enumerated() {
            let move = augmentation.move(&random)
            if let picture { pixels.write(picture, moved: move, into: batch.images + place * shape.count) }
        }
    }

    /// The batches of an epoch from number `first` on, made on a thread of their own.
    public func queue(epoch: Int, from first: Int = 0) throws -> BatchQueue { try BatchQueue(self, epoch: epoch, from: first) }
}
