import Diagnostics
import Foundation
import Tensors

/// Centres to begin K-means with: k-means++ (Arthur and Vassilvitskii 2007), greedy as scikit-learn does it: of `2 + ln(count)` rows
/// drawn with probability proportional to the squared distance to the nearest centre so far, the one that lowers the sum of these
/// most.
struct FirstCentres {
    private static let blockRows = 1024

    private let rows: PreparedRows
    private let count: Int
    private let norms: AlignedBuffer
    /// The squared distance of each row to the nearest centre so far.
    private let closest: AlignedBuffer
    /// By block of rows, the sum of `closest`.
    private var potentials: [Double]

    /// Returns `count` of `sample`'s rows (count x dimension), or fewer when the sample has no more different ones.
    static func choose(_ count: Int, of sample: RowSample, random: inout RandomSource) throws -> [Float] {
        guard sample.rows > 0 else { return [] }
        var search = try FirstCentres(sample)
        return try search.choose(count, random: &random)
    }

    private init(_ sample: RowSample) throws {
        count = sample.rows
        let blocks = (count + Self.blockRows - 1) / Self.blockRows
        rows = try PreparedRows(capacity: blocks * Self.blockRows, dimension: sample.dimension)
        rows.take(sample.values, rows: count, less: Array(repeating: 0, count: sample.dimension))
        let bytes = blocks * Self.blockRows * MemoryLayout<Float>.size
        norms = try AlignedBuffer(bytes: bytes)
        // Rows that only fill a block keep the distance 0: they are never drawn and add nothing.
        closest = try AlignedBuffer(bytes: bytes)
        potentials = Array(repeating: 0, count: blocks)
        for row in 0..<count {
            let values = rows.row(row)
            var square: Float = 0
            for column in 0..<sample.dimension { square += values[column] * values[column] }
            norms.floats()[row] = square
            closest.floats()[row] = .greatestFiniteMagnitude
        }
    }

    private mutating func choose(_ wanted: Int, random: inout RandomSource) throws -> [Float] {
        let dimension = rows.dimension
        let trials = 2 + Int(Foundation.log(Double(wanted)))
        let candidates = try AlignedBuffer(bytes: trials * (dimension + 1) * MemoryLayout<Float>.size)
        let distances = try AlignedBuffer(bytes: trials * potentials.count * Self.blockRows * MemoryLayout<Float>.size)
        var result: [Float] = []
        result.reserveCapacity(wanted * dimension)
        var drawn = [random.integer(in: 0...count - 1)]
        while true {
            let best = try add(drawn, candidates: candidates, distances: distances)
            result.append(contentsOf: UnsafeBufferPointer(start: rows.row(best), count: dimension))
            guard result.count < wanted * dimension else { return result }
            let total = potentials.reduce(0, +)
            guard total > 0 else { return result }
            drawn = (0..<trials).map { _ in draw(Double(random.next() >> 11) * 0x1p-53 * total) }
        }
    }

    /// The row at which the sum of `closest` passes `mark`.
    private func draw(_ mark: Double) -> Int {
        var (rest, last) = (mark, 0)
        for (block, potential) in potentials.enumerated() where potential > 0 {
            let begin = block * Self.blockRows
            if rest >= potential {
                rest -= potential
                last = begin
                continue
            }
            for row in begin..<min(begin + Self.blockRows, count) where closest.floats()[row] > 0 {
                last = row
                rest -= Double(closest.floats()[row])
                if rest < 0 { return row }
            }
        }
        // Rounding can lead past the end: the last row with a distance.
        for row in last..<count where closest.floats()[row] > 0 { last = row }
        return last
    }

    /// Takes the best of the rows `drawn` as a centre and returns it.
    private mutating func add(_ drawn: [Int], candidates: AlignedBuffer, distances: AlignedBuffer) throws -> Int {
        let (dimension, blocks) = (rows.dimension, potentials.count)
        let length = blocks * Self.blockRows
        for (trial, row) in drawn.enumerated() {
            let (from, to) = (rows.row(row), candidates.floats() + trial * (dimension + 1))
            for column in 0..<dimension { to[column] = -2 * from[column] }
            to[dimension] = norms.floats()[row]
        }
        var sums = [Double](repeating: 0, count: drawn.count * blocks)
        let failure = FirstFailure()
        let (rows, norms, closest) = (rows, norms, closest)
        sums.withUnsafeMutableBufferPointer { sums in
            nonisolated(unsafe) let sums = sums
            Parallel.forEach(blocks) { _, block in
                let begin = block * Self.blockRows
                failure.catching {
                    try matrixProduct(
                        rows: drawn.count, columns: Self.blockRows, inner: dimension + 1, left: candidates.floats(),
                        leftStride: dimension + 1, right: rows.row(begin), rightStride: rows.stride, transposed: true,
                        result: distances.floats() + begin, resultStride: length)
                }
                for trial in drawn.indices {
                    sums[trial * blocks + block] = Self.lower(
                        distances.floats() + trial * length + begin, norms: norms.floats() + begin, closest: closest.floats() + begin)
                }
            }
        }
        try failure.rethrow()
        let totals = drawn.indices.map { sums[$0 * blocks..<($0 + 1) * blocks].reduce(0, +) }
        var best = 0
        for trial in drawn.indices where totals[trial] < totals[best] { best = trial }
        closest.floats().update(from: distances.floats() + best * length, count: length)
        // Rounding may leave the row itself a little away from itself.
        closest.floats()[drawn[best]] = 0
        potentials = (0..<blocks).map { block in
            block == drawn[best] / Self.blockRows
                ? Self.sum(closest.floats() + block * Self.blockRows) : sums[best * blocks + block]
        }
        return drawn[best]
    }

    /// Turns a block of products into distances to the nearest centre, that candidate included, and returns their sum.
    private static func lower(
        _ products: UnsafeMutablePointer<Float>, norms: UnsafePointer<Float>, closest: UnsafePointer<Float>
    ) -> Double {
        let (out, norm, near) = (lanes(products), lanes(norms), lanes(closest))
        var sum = SIMD16<Float>(repeating: 0)
        for lane in 0..<blockRows / 16 {
            var distance = out[lane] + norm[lane]
            // Rounding leaves equal rows a little apart, or less than nothing.
            distance.replace(with: 0, where: distance .< norm[lane] * 4e-6)
            distance.replace(with: near[lane], where: near[lane] .< distance)
            out[lane] = distance
            sum += distance
        }
        return total(sum)
    }

    private static func sum(_ values: UnsafePointer<Float>) -> Double {
        let values = lanes(values)
        var sum = SIMD16<Float>(repeating: 0)
        for lane in 0..<blockRows / 16 { sum += values[lane] }
        return total(sum)
    }

    private static func total(_ lanes: SIMD16<Float>) -> Double { (0..<16).reduce(0) { $0 + Double(lanes[$1]) } }

    private static func lanes(_ values: UnsafePointer<Float>) -> UnsafePointer<SIMD16<Float>> {
        UnsafeRawPointer(values).assumingMemoryBound(to: SIMD16<Float>.self)
    }

    private static func lanes(_ values: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<SIMD16<Float>> {
        UnsafeMutableRawPointer(values).assumingMemoryBound(to: SIMD16<Float>.self)
    }
}
