import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors
import Testing

@testable import Analysis

struct DifferenceTests {
    private struct Golden: Decodable {
        var first, second: [[Float]]
        var matrix: [[Double?]]
        var pairs: [[Int]]
        var total: Double
    }

    private static func correlation(_ golden: Golden) -> CrossCorrelation {
        var correlation = CrossCorrelation(units: golden.first[0].count, and: golden.second[0].count)
        for (one, other) in zip(golden.first, golden.second) { correlation.add(one[...], other[...]) }
        return correlation
    }

    @Test func `correlations and the matching one to one are those of numpy and scipy`() throws {
        let golden: Golden = try goldenFile("difference")
        let matrix = Self.correlation(golden).matrix()
        for (row, values) in golden.matrix.enumerated() {
            for (column, value) in values.enumerated() {
                if let value {
                    #expect(abs(Double(matrix[row, column]) - value) < 1e-6)
                } else {
                    #expect(matrix[row, column].isNaN, "a constant unit goes with none")
                }
            }
        }
        #expect(matrix.constantRows.indices.filter { matrix.constantRows[$0] } == [4])
        #expect(matrix.constantColumns.indices.filter { matrix.constantColumns[$0] } == [2])
        let columns = OneToOneMatching(matrix).columns
        #expect(columns.enumerated().compactMap { row, column in column.map { [row, $0] } } == golden.pairs)
        // Turned round, there are more rows than columns.
        let turned = CorrelationMatrix(
            values: (0..<matrix.columns).flatMap { column in (0..<matrix.rows).map { matrix[$0, column] } }, constantRows: matrix.constantColumns,
            constantColumns: matrix.constantRows)
        #expect(OneToOneMatching(turned).columns.enumerated().compactMap { row, column in column.map { [$0, row] } }.sorted { $0[0] < $1[0] } == golden.pairs)
    }

    @Test func `every unit is told what became of it`() throws {
        let golden: Golden = try goldenFile("difference")
        let matrix = Self.correlation(golden).matrix()
        let document = LayerDifference(.init(first: "layer", second: "layer"), matrix, threshold: 0.85).document()
        func units(_ status: RunDifference.Status) -> [RunDifference.Unit] { document.units.filter { $0.status == status } }
        #expect(document.counts == [.kept: 0, .moved: 2, .lost: 3, .born: 5, .constant: 1, .constantInSecond: 1])
        #expect(units(.moved).map { [$0.unit, $0.counterpart] } == [[1, 3], [3, 0]])
        #expect(try #require(units(.moved).last?.correlation) == 1)
        #expect(units(.constant).map(\.unit) == [4] && units(.constant)[0].best == nil && units(.constant)[0].correlation == nil)
        #expect(units(.constantInSecond).map(\.counterpart) == [2])
        // Its correlation with the unit of its own number is small.
        #expect(abs(Double(try #require(units(.moved).last?.same)) - golden.matrix[3][3]!) < 1e-6)
        // Most changed first, and what has no correlation last.
        let values = document.units.compactMap(\.correlation)
        #expect(values == values.sorted() && document.units.suffix(2).allSatisfy { $0.correlation == nil })
        // Layers of other names have no units of the same number.
        let other = LayerDifference(.init(first: "layer", second: "stage"), matrix, threshold: 0.85).document()
        #expect(other.units.allSatisfy { $0.same == nil } && other.medianSame == nil && other.counts[.moved] == 2)
    }

    @Test func `where all of the other units are constant a unit is lost, and nothing is not a number`() throws {
        let dead = CorrelationMatrix(values: [.nan, .nan], constantRows: [false, true], constantColumns: [true])
        let document = LayerDifference(.init(first: "a", second: "a"), dead, threshold: 0.5).document()
        #expect(document.units.map(\.status) == [.lost, .constant, .constantInSecond])
        #expect(document.units[0].correlation == nil && document.meanOneToOne == nil && document.medianSame == nil)
        let text = String(decoding: try JSONEncoder().encode(document), as: UTF8.self)
        #expect(!text.lowercased().contains("nan") && text.contains("\"lost\":1"))
    }

    @Test func `the matching is the best of all, tried out`() {
        var random = RandomSource(seed: 11, stream: "matching")
        for size in 1...6 {
            let values = (0..<size * size).map { _ in Float(random.integer(in: -100...100)) / 100 }
            let matrix = CorrelationMatrix(
                values: values, constantRows: Array(repeating: false, count: size), constantColumns: Array(repeating: false, count: size))
            let found = OneToOneMatching(matrix).columns.enumerated().reduce(0.0) { $0 + Double(matrix[$1.offset, $1.element ?? 0]) }
            func best(_ row: Int, _ used: Set<Int>) -> Double {
                guard row < size else { return 0 }
                return (0..<size).filter { !used.contains($0) }.map { Double(matrix[row, $0]) + best(row + 1, used.union([$0])) }.max() ?? 0
            }
            #expect(abs(found - best(0, [])) < 1e-5)
        }
    }

    @Test func `a network goes with itself, and with itself in another order`() throws {
        try SmallDataSet.with { set in
            let network = set.network, pair = PairedSweep.Pair(first: "layer2.2", second: "layer2.2")
            let side = PairedSweep.Side(network: network, images: set.images)
            let same = try PairedSweep(side, side, pairs: [pair], threads: 2).run(progress: SilentProgress())
            #expect(same.images == 12 && same.skipped.count == 1)
            let layer = try #require(same.differences([pair], threshold: 0.5).first)
            let constant = layer.counts[.constant] ?? 0
            #expect(layer.counts[.kept] == 32 - constant && layer.counts[.constantInSecond] == constant)
            #expect(layer.units.filter { $0.status == .kept }.allSatisfy { $0.correlation == 1 && $0.unit == $0.counterpart })
            // The same numbers whatever the number of threads.
            let one = try PairedSweep(side, side, pairs: [pair], threads: 1).run(progress: SilentProgress())
            #expect(zip(one.matrices[0].values, same.matrices[0].values).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })

            // The same pictures in other colours are others to the network.
            let input = network.input
            let darker = RealImages(
                folder: set.images.folder,
                preprocessing: try Preprocessing(
                    resize: nil, cropHeight: 32, cropWidth: 32, mean: input.mean.map { $0 + 0.1 }, standardDeviation: input.standardDeviation),
                labels: set.images.labels)
            let other = try PairedSweep(side, .init(network: network, images: darker), pairs: [pair], threads: 2).run(progress: SilentProgress())
            #expect(other.images == 12 && other.matrices[0].values != same.matrices[0].values)
        }
    }
}
