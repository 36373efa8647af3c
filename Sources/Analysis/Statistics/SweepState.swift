import Diagnostics
import Run

/// Everything that a sweep knows of the images it has seen: what it keeps to go on, and what shards are put together from, without the
/// network.
struct SweepState {
    /// The images that it is about, and how many the whole listing has.
    var range: Range<Int>
    var images: Int
    /// The next image.
    var position: Int
    var skipped: [ImageSetDescription.Skipped]
    var tally: ClassTally
    /// Of each layer, the logits last.
    var counts: [LayerCounts]
    /// Without the logits, like what `sums` has of pairs of units.
    var samples: [SampledMaxima]
    /// Over the blocks that are done, where they are added up here and there is another one.
    var done: SweepSums?
    /// Over the present block; over all when nothing is left to do.
    var sums: SweepSums

    /// True when all images of the listing were seen.
    var isWhole: Bool { range == 0..<images && position == images && done == nil }

    /// Adds what was seen of the images that follow, but for the sums. Throws a `Problem` where that is of other layers, or does not follow.
    mutating func append(_ next: SweepState) throws {
        guard next.images == images, next.range.lowerBound == range.upperBound, next.position == next.range.upperBound,
            tally.isLike(next.tally), counts.count == next.counts.count, zip(counts, next.counts).allSatisfy({ $0.isLike($1) }),
            samples.count == next.samples.count, zip(samples, next.samples).allSatisfy({ $0.units == $1.units })
        else { throw Problem("What was seen of the images \(next.range) does not follow what was seen of \(range)") }
        tally.append(next.tally, images: next.range)
        for index in counts.indices { counts[index].append(next.counts[index]) }
        for index in samples.indices { samples[index].append(next.samples[index]) }
        skipped += next.skipped
        range = range.lowerBound..<next.range.upperBound
        position = next.position
    }

    // MARK: Bytes

    private static let version = "sweep 3"

    init(
        range: Range<Int>, images: Int, position: Int, skipped: [ImageSetDescription.Skipped], tally: ClassTally, counts: [LayerCounts],
        samples: [SampledMaxima], done: SweepSums?, sums: SweepSums
    ) {
        (self.range, self.images, self.position) = (range, images, position)
        self.skipped = skipped
        self.tally = tally
        self.counts = counts
        self.samples = samples
        self.done = done
        self.sums = sums
    }

    var bytes: [UInt8] {
        var archive = ByteArchive()
        archive.put(Self.version)
        archive.put([images, range.lowerBound, range.upperBound, position].map(Int64.init))
        archive.put(skipped.count)
        for item in skipped {
            archive.put(item.path)
            archive.put(item.reason)
        }
        tally.save(to: &archive)
        archive.put(counts.count)
        for layer in counts { layer.save(to: &archive) }
        for sample in samples { sample.save(to: &archive) }
        archive.put(done == nil ? 0 : 1)
        done?.save(to: &archive)
        sums.save(to: &archive)
        return archive.bytes
    }

    /// Throws a `Problem` when `bytes` are not those of such a state.
    init(_ bytes: [UInt8]) throws {
        var archive = ByteArchive(bytes)
        guard try archive.takeText() == Self.version else { throw Problem("The saved state is of another version") }
        let places: [Int64] = try archive.take()
        guard places.count == 4, 0 <= places[1], places[1] <= places[3], places[3] <= places[2], places[2] <= places[0] else {
            throw ByteArchive.damaged
        }
        images = Int(places[0])
        range = Int(places[1])..<Int(places[2])
        position = Int(places[3])
        skipped = []
        let left = try archive.takeInteger()
        guard (0...images).contains(left) else { throw ByteArchive.damaged }
        for _ in 0..<left { skipped.append(.init(path: try archive.takeText(), reason: try archive.takeText())) }
        tally = try ClassTally(from: &archive)
        let layers = try archive.takeInteger()
        guard layers >= 1, tally.predicted.count == images else { throw ByteArchive.damaged }
        counts = []
        samples = []
        for _ in 0..<layers { counts.append(try LayerCounts(from: &archive)) }
        for layer in counts.dropLast() { samples.append(try SampledMaxima(units: layer.units, from: &archive)) }
        done = try archive.takeInteger() == 0 ? nil : SweepSums(from: &archive)
        sums = try SweepSums(from: &archive)
        guard sums.layers.count == layers, done?.isLike(sums) ?? true else { throw ByteArchive.damaged }
    }
}
