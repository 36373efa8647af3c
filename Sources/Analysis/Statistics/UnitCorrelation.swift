import Diagnostics
import Tensors

/// How the units of a layer go together over images: sums of products of their mean activations, from which Pearson's correlation follows.
/// Batches are added in order, so sums have the same bits whatever the number of threads.
struct UnitCorrelation {
    /// Layers of more units have none: memory grows with the square, 67 MB here.
    static let most = 4096

    let units: Int
    private(set) var images: Int
    /// The means of the first image, which are taken off all: little is lost to cancellation, and a constant unit has a variance of
    /// exactly zero.
    private var pivot: [Double]
    private var sums: [Double]
    /// Of each unit with itself and those after it, one row after the other.
    private var products: [Double]

    init(units: Int) {
        self.units = units
        images = 0
        pivot = []
        sums = Array(repeating: 0, count: units)
        products = Array(repeating: 0, count: units <= Self.most ? units * (units + 1) / 2 : 0)
    }

    var isEmpty: Bool { products.isEmpty }

    /// Adds the images `slots` of a batch's summary.
    mutating func add(_ summary: LayerSummary, slots: [Int]) {
        guard !isEmpty, let first = slots.first else { return }
        let area = Double(summary.area)
        func mean(_ slot: Int, _ unit: Int) -> Double { summary.sum[slot * units + unit] / area }
        if pivot.isEmpty { pivot = (0..<units).map { mean(first, $0) } }
        var values = [Double](repeating: 0, count: slots.count * units)
        for (row, slot) in slots.enumerated() {
            for unit in 0..<units {
                values[row * units + unit] = mean(slot, unit) - pivot[unit]
                sums[unit] += values[row * units + unit]
            }
        }
        images += slots.count
        products.withUnsafeMutableBufferPointer { products in
            values.withUnsafeBufferPointer { values in
                var start = 0
                for unit in 0..<units {
                    for row in 0..<slots.count {
                        let own = values[row * units + unit]
                        // Most units are silent most of the time, deep in a network.
                        guard own != 0 else { continue }
                        let rest = row * units + unit
                        for other in 0..<units - unit { products[start + other] += own * values[rest + other] }
                    }
                    start += units - unit
                }
            }
        }
    }

    /// Adds the sums over later images, which have means of their own taken off: of products about one point follow those about another
    /// (Chan, Golub and LeVeque 1983). A unit that is constant over both stays exactly so.
    mutating func append(_ next: UnitCorrelation) {
        guard next.images > 0 else { return }
        guard images > 0 else { return self = next }
        let count = Double(next.images), shift = zip(next.pivot, pivot).map { $0 - $1 }
        var start = 0
        for unit in 0..<(isEmpty ? 0 : units) {
            for other in unit..<units {
                let place = start + other - unit
                products[place] += next.products[place]
                    + (shift[unit] * next.sums[other] + shift[other] * next.sums[unit] + count * shift[unit] * shift[other])
            }
            start += units - unit
        }
        for unit in shift.indices { sums[unit] += next.sums[unit] + count * shift[unit] }
        images &+= next.images
    }

    /// The sum of products of two units' deviations from their means.
    private func deviation(_ first: Int, _ second: Int) -> Double {
        let (low, high) = (min(first, second), max(first, second))
        return products[low * units - low * (low - 1) / 2 + high - low] - sums[low] * sums[high] / Double(max(1, images))
    }

    /// Correlations of all pairs, units x units, in [-1, 1]; not a number where a unit is the same on all images.
    func matrix() -> [Float] {
        guard !isEmpty, images > 1 else { return Array(repeating: .nan, count: isEmpty ? 0 : units * units) }
        let scale = (0..<units).map { unit -> Double in
            let square = deviation(unit, unit), mean = sums[unit] / Double(images) + pivot[unit]
            // Below what single precision makes of a constant.
            return square > 1e-12 * Double(images) * mean * mean && square > 0 ? 1 / square.squareRoot() : .nan
        }
        var result = [Float](repeating: 0, count: units * units)
        for first in 0..<units {
            for second in first..<units {
                let value = Float(min(1, max(-1, deviation(first, second) * scale[first] * scale[second])))
                // `min` and `max` make a number of what is none.
                let isDefined = scale[first].isFinite && scale[second].isFinite
                result[first * units + second] = isDefined ? (first == second ? 1 : value) : .nan
                result[second * units + first] = result[first * units + second]
            }
        }
        return result
    }

    func save(to archive: inout ByteArchive) {
        archive.put(images)
        archive.put(pivot)
        archive.put(sums)
        archive.put(products)
    }

    /// Throws a `Problem` when what is there does not go together.
    init(from archive: inout ByteArchive) throws {
        images = try archive.takeInteger()
        pivot = try archive.take()
        sums = try archive.take()
        products = try archive.take()
        units = sums.count
        guard images >= 0, pivot.count == (images > 0 ? units : 0), products.count == (units <= Self.most ? units * (units + 1) / 2 : 0) else {
            throw ByteArchive.damaged
        }
    }
}
