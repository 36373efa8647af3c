import Diagnostics
import Network
import Run
import Tensors

/// The largest activation of each unit of a layer in each image of a sample, and where it is: what the strongest images alone do not tell,
/// the whole range of a unit.
struct SampledMaxima {
    let units: Int
    /// In the order in which they were added.
    private var images: [Int32] = []
    // Each indexed by `place of the image * units + unit`.
    private var maxima: [Float] = []
    private var positions: [Int32] = []

    init(units: Int) { self.units = units }

    /// Images that were added.
    var count: Int { images.count }

    /// Adds image `index` of a batch's summary, which is number `image` of the listing.
    mutating func add(_ summary: LayerSummary, index: Int, image: Int) {
        images.append(Int32(truncatingIfNeeded: image))
        let range = index * summary.units..<(index + 1) * summary.units
        maxima += summary.maximum[range]
        positions += summary.position[range]
    }

    /// One of the images, as one unit sees it.
    struct Entry: Equatable {
        let image: Int
        let activation: Float
        let position: Int
        /// The share of the sample that is weaker, in [0, 1).
        let share: Float
    }

    /// At most `count` images at equal steps through the unit's distribution, weakest first: from the weakest to the strongest of those
    /// that do not leave it at exactly zero, which are all alike. Of equals the first image stands first.
    func quantiles(of unit: Int, count: Int) -> [Entry] {
        let values = images.indices.map { maxima[$0 * units + unit] }
        let order = values.indices.sorted { (values[$0], images[$0]) < (values[$1], images[$1]) }
        let different = order.indices.filter { values[order[$0]] != 0 }
        let steps = min(count, different.count)
        return (0..<steps).map { step in
            let rank = different[steps > 1 ? (step * (different.count - 1) + (steps - 1) / 2) / (steps - 1) : 0], place = order[rank]
            let weaker = order[..<rank].lastIndex { values[$0] < values[place] }.map { $0 + 1 } ?? 0
            return Entry(
                image: Int(images[place]), activation: values[place], position: Int(positions[place * units + unit]),
                share: Float(weaker) / Float(values.count))
        }
    }

    func save(to archive: inout ByteArchive) {
        archive.put(images)
        archive.put(maxima)
        archive.put(positions)
    }

    /// Throws a `Problem` when what is there does not go together.
    init(units: Int, from archive: inout ByteArchive) throws {
        self.units = units
        images = try archive.take()
        maxima = try archive.take()
        positions = try archive.take()
        guard maxima.count == images.count * units, positions.count == maxima.count else { throw ByteArchive.damaged }
    }

    /// Adds those of later images, of as many units.
    mutating func append(_ next: SampledMaxima) {
        images += next.images
        maxima += next.maxima
        positions += next.positions
    }
}
