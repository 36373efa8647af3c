import Run
import Tensors
import Testing

@testable import Analysis
@testable import Network

struct StatisticsTests {
    private static let field = ReceptiveField(start: [-1, -1], size: [3, 3], jump: [2, 2])

    @Test(arguments: [[3, 1, 1], [16, 5, 4], [40, 7, 9]])
    func summariesAgreeWithLoops(_ extents: [Int]) throws {
        let shape = Shape(extents)
        let images = 3
        let maps = try FeatureMaps.random(images: images, shape: shape, stream: "\(extents)")
        let summary = maps.withBlocked { LayerSummary($0, images: images, shape: shape) }
        #expect(summary.units == shape[0] && summary.maximum.count == images * shape[0])
        for image in 0..<images {
            for unit in 0..<shape[0] {
                let values = maps.channel(unit, of: image)
                let at = image * shape[0] + unit
                let largest = values.max() ?? 0
                #expect(summary.maximum[at] == largest && summary.minimum[at] == values.min())
                #expect(Int(summary.position[at]) == values.firstIndex(of: largest))
                #expect(Int(summary.positive[at]) == values.count { $0 > 0 })
                let sum = values.reduce(0) { $0 + Double($1) }, squares = values.reduce(0) { $0 + Double($1) * Double($1) }
                #expect(abs(summary.sum[at] - sum) < 1e-5 * (1 + squares) && abs(summary.squares[at] - squares) < 1e-5 * (1 + squares))
            }
        }
    }

    /// Images of three classes, one of them without a label, added in batches.
    private static func accumulate(
        _ maps: FeatureMaps, images: Range<Int>, into accumulator: inout LayerAccumulator, labels: [Int?]
    ) {
        let summary = maps.withBlocked { LayerSummary($0, images: labels.count, shape: maps.shape) }
        for image in images { accumulator.add(summary, index: image, image: image, label: labels[image]) }
    }

    private static let labels: [Int?] = [0, 1, 2, 0, nil, 1, 1, 0, 2, 2, 1, 0]

    @Test func accumulatedStatisticsAgreeWithLoops() throws {
        let shape: Shape = [5, 4, 6], labels = Self.labels
        // Rounded, so that images tie for places.
        let random = try FeatureMaps.random(images: labels.count, shape: shape, stream: "accumulated")
        let maps = try FeatureMaps(random.plain.map { ($0 * 4).rounded() / 4 }, images: labels.count, shape: shape)
        var accumulator = LayerAccumulator(layer: "l", shape: shape, field: Self.field, classCount: 4, capacity: 6)
        Self.accumulate(maps, images: labels.indices, into: &accumulator, labels: labels)
        let statistics = accumulator.statistics(exemplars: 4, input: [3, 8, 12])
        #expect(statistics.images == 12 && statistics.shape == [5, 4, 6] && statistics.units.count == 5)
        for unit in statistics.units {
            let values = labels.indices.map { maps.channel(unit.unit, of: $0) }
            let all = values.joined().map(Double.init)
            let mean = all.reduce(0, +) / Double(all.count)
            let squares: [Double] = all.map { ($0 - mean) * ($0 - mean) }
            let variance = squares.reduce(0, +) / Double(all.count)
            #expect(abs(Double(unit.mean) - mean) < 1e-5 && abs(Double(unit.standardDeviation) - variance.squareRoot()) < 1e-5)
            #expect(Double(unit.minimum) == all.min() && Double(unit.maximum) == all.max())
            #expect(unit.activePositions == Float(Double(all.count { $0 > 0 }) / Double(all.count)))
            #expect(unit.activeImages == Float(values.count { $0.contains { $0 > 0 } }) / 12)
            let maxima = values.map { $0.max() ?? 0 }
            #expect(unit.histogram.count == 12)
            for (index, found) in unit.classMeans.enumerated() {
                let own = labels.indices.filter { labels[$0] == index }
                let sum = own.reduce(Float(0)) { $0 + maxima[$1] }
                let expected = own.isEmpty ? 0 : sum / Float(own.count)
                #expect(abs(found - expected) < 1e-5, "class \(index)")
            }
            let present = unit.classMeans.prefix(3)
            let best: Float = try #require(present.max())
            let others: Float = (present.reduce(0, +) - best) / 2
            let expected: Float = (best - others) / (best + others)
            let selectivity: Float = try #require(unit.selectivity)
            #expect(abs(selectivity - expected) < 1e-5)

            let order = labels.indices.sorted { (maxima[$1], $0) < (maxima[$0], $1) }
            #expect(accumulator.strongest(of: unit.unit) == order.prefix(6).map { Reference(image: $0, score: maxima[$0]) })
            #expect(unit.strongest.map(\.image) == Array(order.prefix(4)))
            for exemplar in unit.strongest {
                #expect(exemplar.activation == maxima[exemplar.image])
                let place = try #require(values[exemplar.image].firstIndex(of: exemplar.activation))
                #expect(exemplar.position == [place / 6, place % 6])
                let (y, x) = (exemplar.position[0] * 2 - 1, exemplar.position[1] * 2 - 1)
                #expect(exemplar.window == [max(0, y), max(0, x), min(8, y + 3), min(12, x + 3)])
            }
        }
    }

    @Test func withoutLabelsThereAreNoClassMeans() throws {
        let shape: Shape = [3, 2, 2]
        let maps = try FeatureMaps.random(images: 2, shape: shape, stream: "unlabelled")
        var accumulator = LayerAccumulator(layer: "l", shape: shape, field: Self.field, classCount: 0, capacity: 2)
        Self.accumulate(maps, images: 0..<2, into: &accumulator, labels: [nil, 3])
        for unit in accumulator.statistics(exemplars: 2, input: [3, 4, 4]).units {
            #expect(unit.classMeans.isEmpty && unit.selectivity == nil && unit.strongest.count == 2)
        }
    }

    @Test func savedCountsAndSumsGoOnAsIfNothingHadHappened() throws {
        let shape: Shape = [5, 4, 6], labels = Self.labels
        let maps = try FeatureMaps.random(images: labels.count, shape: shape, stream: "saved")
        func fresh() -> LayerAccumulator {
            LayerAccumulator(layer: "l", shape: shape, field: Self.field, classCount: 3, capacity: 3)
        }
        func bytes(_ accumulator: LayerAccumulator) -> [UInt8] {
            var archive = ByteArchive()
            accumulator.counts.save(to: &archive)
            accumulator.sums.save(to: &archive)
            return archive.bytes
        }
        var whole = fresh(), first = fresh(), second = fresh()
        Self.accumulate(maps, images: labels.indices, into: &whole, labels: labels)
        Self.accumulate(maps, images: 0..<7, into: &first, labels: labels)
        var reading = ByteArchive(bytes(first))
        second.counts = try LayerCounts(from: &reading)
        second.sums = try LayerSums(from: &reading)
        Self.accumulate(maps, images: 7..<labels.count, into: &second, labels: labels)
        #expect(second.statistics(exemplars: 3, input: [3, 8, 12]).units == whole.statistics(exemplars: 3, input: [3, 8, 12]).units)
        #expect(bytes(whole) == bytes(second))
        #expect(second.statistics(exemplars: 3, input: [3, 8, 12]).units != first.statistics(exemplars: 3, input: [3, 8, 12]).units)
    }

    @Test func countsOfPartsMakeThoseOfTheWhole() throws {
        let shape: Shape = [5, 4, 6], labels = Self.labels
        // Rounded, so that images tie for places.
        let random = try FeatureMaps.random(images: labels.count, shape: shape, stream: "parts")
        let maps = try FeatureMaps(random.plain.map { ($0 * 2).rounded() / 2 }, images: labels.count, shape: shape)
        func bytes(_ parts: [Range<Int>]) -> [UInt8] {
            func fresh() -> LayerAccumulator {
                LayerAccumulator(layer: "l", shape: shape, field: Self.field, classCount: 3, capacity: 4)
            }
            var all = fresh().counts
            for part in parts {
                var accumulator = fresh()
                Self.accumulate(maps, images: part, into: &accumulator, labels: labels)
                all.append(accumulator.counts)
            }
            var archive = ByteArchive()
            all.save(to: &archive)
            return archive.bytes
        }
        let whole = bytes([0..<12])
        #expect(bytes([0..<3, 3..<4, 4..<12]) == whole && bytes([0..<0, 0..<6, 6..<12, 12..<12]) == whole)
    }

    @Test func theTallyCountsAndComesBackAsItWas() throws {
        var tally = ClassTally(classCount: 3, images: 6)
        tally.add(image: 0, ranking: [0, 1, 2], label: 0)
        tally.add(image: 1, ranking: [1, 0], label: 0)
        tally.add(image: 2, ranking: [1, 2], label: 0)
        tally.add(image: 4, ranking: [2, 1], label: 2)
        tally.add(image: 5, ranking: [2, 0], label: nil)
        #expect(tally.labelled == 4 && tally.correct == 2 && tally.top1 == 0.5 && tally.top5 == 0.75)
        #expect(tally.predicted == [0, 1, 1, -1, 2, 2])
        let table = tally.table(names: ["a", "b", "c"])
        #expect(table.classes.map(\.images) == [3, 0, 1] && table.classes.map(\.correct) == [1, 0, 1])
        #expect(table.classes[0].confusedWith == [.init(index: 1, images: 2)])
        var archive = ByteArchive()
        tally.save(to: &archive)
        var reading = ByteArchive(archive.bytes)
        #expect(ClassTally(classCount: 3, images: 6).top1 == nil)
        let other = try ClassTally(from: &reading)
        #expect(other.table(names: ["a", "b", "c"]).classes == table.classes && other.top5 == tally.top5 && other.predicted == tally.predicted)
    }

    @Test func damagedStateIsAProblem() throws {
        var archive = ByteArchive()
        archive.put("sweep")
        archive.put([1.5, 2.5])
        var whole = ByteArchive(archive.bytes)
        #expect(try whole.takeText() == "sweep" && whole.take() == [1.5, 2.5])
        for length in 0..<archive.bytes.count {
            #expect(throws: (any Error).self, "\(length) bytes") {
                var cut = ByteArchive(Array(archive.bytes.prefix(length)))
                _ = try cut.takeText()
                _ = try cut.take(Double.self)
            }
        }
    }

    @Test func theBestComeFirstTiesByIndex() {
        #expect(Sweep.best(5, of: [1, 5, 3, 5, 2, 5, 0]) == [1, 3, 5, 2, 4])
        #expect(Sweep.best(5, of: [2, 1]) == [0, 1])
        #expect(Sweep.best(2, of: [7, 7, 7]) == [0, 1])
        #expect(Sweep.best(3, of: []).isEmpty)
        var random = RandomSource(seed: 1, stream: "best")
        for _ in 0..<50 {
            let values = (0..<30).map { _ in Float(random.integer(in: -5...5)) }
            let expected = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }.prefix(5)
            #expect(Sweep.best(5, of: values) == Array(expected))
        }
    }
}
