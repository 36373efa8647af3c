import Run

/// What units did on some images, and the vectors that an encoder made of these: as many rows as memory is allowed for, whatever the number of
/// images.
struct LabelTable {
    /// Bytes of a table, at most, unless fewer than 1,000 rows would be left.
    static let bytes = 256 << 20

    /// Units of all layers, one after the other, and numbers of a vector.
    let units, width: Int
    /// Numbers in the listing, rising.
    private(set) var images: [Int] = []
    /// Rows x units: the unit's largest activation in the image, as top-activating images are chosen by.
    private(set) var activations: [Float] = []
    /// Rows x width.
    private(set) var vectors: [Float] = []

    init(units: Int, width: Int) { (self.units, self.width) = (units, width) }

    /// How many of `images` a table has rows for.
    static func rows(of images: Int, units: Int, width: Int) -> Int {
        min(images, max(1000, bytes / (MemoryLayout<Float>.size * max(1, units + width))))
    }

    mutating func add(image: Int, activations: ArraySlice<Float>, vector: ArraySlice<Float>) {
        images.append(image)
        self.activations += activations
        vectors += vector
    }

    /// The activations of one unit in `rows`.
    func values(of unit: Int, in rows: [Int]) -> [Float] { rows.map { activations[$0 * units + unit] } }

    // MARK: State

    /// The rows from `first` on.
    func save(from first: Int, to archive: inout ByteArchive) {
        archive.put(images[first...].map(Int64.init))
        archive.put(Array(activations[(first * units)...]))
        archive.put(Array(vectors[(first * width)...]))
    }

    /// Adds rows that were kept. Throws a `Problem` when they do not go together.
    mutating func append(from archive: inout ByteArchive) throws {
        let numbers: [Int64] = try archive.take(), values: [Float] = try archive.take(), vectors: [Float] = try archive.take()
        guard values.count == numbers.count * units, vectors.count == numbers.count * width else { throw ByteArchive.damaged }
        images += numbers.map(Int.init)
        activations += values
        self.vectors += vectors
    }
}
