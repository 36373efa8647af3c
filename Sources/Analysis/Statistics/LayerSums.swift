import Diagnostics

/// Sums over images of what a layer's units do. Rounding makes them depend on the order in which they are added, and on how that is done in
/// parts: see `SweepBlocks`.
struct LayerSums {
    private(set) var sum: [Double]
    private(set) var squares: [Double]
    /// Of spatial maxima, `unit * classes + class`.
    private(set) var classSum: [Double]

    init(units: Int, classCount: Int) {
        sum = Array(repeating: 0, count: units)
        squares = sum
        classSum = Array(repeating: 0, count: units * classCount)
    }

    /// Adds image `index` of a batch's summary.
    mutating func add(_ summary: LayerSummary, index: Int, label: Int?) {
        let classCount = classSum.count / max(1, sum.count)
        for unit in sum.indices {
            let at = index * summary.units + unit
            sum[unit] += summary.sum[at]
            squares[unit] += summary.squares[at]
            if let label { classSum[unit * classCount + label] += Double(summary.maximum[at]) }
        }
    }

    /// Adds the sums over later images, which are like these.
    mutating func append(_ next: LayerSums) {
        for unit in sum.indices {
            sum[unit] += next.sum[unit]
            squares[unit] += next.squares[unit]
        }
        for index in classSum.indices { classSum[index] += next.classSum[index] }
    }

    /// True for sums of as many units and classes.
    func isLike(_ other: LayerSums) -> Bool { sum.count == other.sum.count && classSum.count == other.classSum.count }

    // MARK: State

    func save(to archive: inout ByteArchive) {
        archive.put(sum)
        archive.put(squares)
        archive.put(classSum)
    }

    /// Throws a `Problem` when what is there does not go together.
    init(from archive: inout ByteArchive) throws {
        sum = try archive.take()
        squares = try archive.take()
        classSum = try archive.take()
        guard squares.count == sum.count, classSum.count.isMultiple(of: max(1, sum.count)) else { throw ByteArchive.damaged }
    }
}
