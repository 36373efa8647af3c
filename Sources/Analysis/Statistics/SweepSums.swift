import Diagnostics

/// All sums of a sweep that depend on the order of images in their last bits.
struct SweepSums {
    /// Of each layer, the logits last.
    var layers: [LayerSums]
    /// Without the logits.
    var correlations: [UnitCorrelation]

    /// Adds the sums of the next block, which are like these.
    mutating func append(_ next: SweepSums) {
        for index in layers.indices { layers[index].append(next.layers[index]) }
        for index in correlations.indices { correlations[index].append(next.correlations[index]) }
    }

    /// True for sums over the same layers.
    func isLike(_ other: SweepSums) -> Bool {
        layers.count == other.layers.count && correlations.count == other.correlations.count
            && zip(layers, other.layers).allSatisfy { $0.isLike($1) } && zip(correlations, other.correlations).allSatisfy { $0.units == $1.units }
    }

    // MARK: State

    private static let stateVersion = "sums 1"

    /// As bytes by themselves.
    var bytes: [UInt8] {
        var archive = ByteArchive()
        archive.put(Self.stateVersion)
        save(to: &archive)
        return archive.bytes
    }

    init(layers: [LayerSums], correlations: [UnitCorrelation]) {
        self.layers = layers
        self.correlations = correlations
    }

    /// Throws a `Problem` when `bytes` are not such.
    init(_ bytes: [UInt8]) throws {
        var archive = ByteArchive(bytes)
        guard try archive.takeText() == Self.stateVersion else { throw Problem("The saved state is of another version") }
        try self.init(from: &archive)
    }

    func save(to archive: inout ByteArchive) {
        archive.put(layers.count)
        for layer in layers { layer.save(to: &archive) }
        for correlation in correlations { correlation.save(to: &archive) }
    }

    init(from archive: inout ByteArchive) throws {
        let count = try archive.takeInteger()
        // Not reserved: the count may be anything until the arrays are there.
        guard count >= 1 else { throw ByteArchive.damaged }
        var layers: [LayerSums] = [], correlations: [UnitCorrelation] = []
        for _ in 0..<count { layers.append(try LayerSums(from: &archive)) }
        for _ in 1..<count { correlations.append(try UnitCorrelation(from: &archive)) }
        (self.layers, self.correlations) = (layers, correlations)
    }
}
