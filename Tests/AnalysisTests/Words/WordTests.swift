import Foundation
import Network
import Run
import Tensors
import Testing

@testable import Analysis

struct WordTests {
    private struct Golden: Decodable {
        struct Comparison: Decodable {
            var with: [Float]
            var without: [Float]
            var area: Double
            var difference: Double
            var areaInterval: [Double]
            var differenceInterval: [Double]
            var areaDeviation: Double
            var differenceDeviation: Double
        }

        var correlations: [[Double]?]
        var levels: [[Double]?]
        var comparisons: [Comparison]
    }

    private static let images = 120, units = 5, width = 6

    // As in `make_words_golden.py`.

    private static let vectors: [Float] = {
        var values: [Float] = []
        for image in 0..<images {
            for place in 0..<width {
                let angle = 1.7 * Double(image * (place + 1)) + Double(place), shared: Double = place == 0 ? 2 : 0
                values.append(Float(shared + sin(angle)))
            }
        }
        return WordVectors.unit(values, width)
    }()

    private static let words: WordVectors = {
        var values: [Float] = []
        for word in 0..<40 {
            for place in 0..<width {
                let angle = 2.3 * Double(word) + 1.1 * Double(place * word), shared: Double = place == 0 ? 1 : 0
                values.append(Float(shared + cos(angle)))
            }
        }
        return WordVectors(words: (0..<40).map { "word \($0)" }, width: width, values: values)
    }()

    private static func noise(_ image: Int, _ unit: Int) -> Double { sin(12.9 * Double(image * image) + 78.2 * Double(unit)) }

    private static func activations(_ image: Int) -> [Float] {
        let vector = vectors[image * width..<(image + 1) * width].map(Double.init)
        var likeness = 0.0
        for place in 0..<width { likeness += vector[place] * Double(words.values[3 * width + place]) }
        let values: [Double] = [
            2 * likeness + 0.05 * noise(image, 0), noise(image, 1), max(0, noise(image, 2) - 0.95), 2.5, max(0, vector[2]) + 0.2 * noise(image, 4),
        ]
        return values.map { Float($0) }
    }

    private static func found(_ rows: (Int) -> Bool = { _ in true }) throws -> (sums: AssociationSums, table: LabelTable) {
        var sums = AssociationSums(units: units, width: width), table = LabelTable(units: units, width: width)
        for begin in stride(from: 0, to: images, by: 7) {
            let batch = begin..<min(begin + 7, images)
            try sums.add(batch.flatMap(activations), Array(vectors[begin * width..<batch.upperBound * width]), count: batch.count)
            for image in batch where rows(image) {
                table.add(image: image, activations: activations(image)[...], vector: vectors[image * width..<(image + 1) * width])
            }
        }
        return (sums, table)
    }

    @Test func `correlations from sums are NumPy's, and those from rows`() throws {
        let golden: Golden = try goldenFile("words")
        let (sums, table) = try Self.found(), rows = try TableRows(Array(0..<Self.images), of: table)
        let scaled = ScaledWords(Self.words, covariance: sums.covariance)
        for directions in [sums.directions(of: 0..<Self.units), rows.directions(of: 0..<Self.units, in: table)] {
            let best = try scaled.best(40, of: directions, threads: 2)
            for unit in 0..<Self.units {
                guard let wanted = golden.correlations[unit] else {
                    #expect(best[unit].isEmpty)
                    continue
                }
                #expect(best[unit].count == 40 && zip(best[unit], best[unit].dropFirst()).allSatisfy { $0.correlation >= $1.correlation })
                for entry in best[unit] { #expect(abs(Double(entry.correlation) - wanted[entry.word]) < 2e-6) }
            }
            #expect(best[0].first?.word == 3)
            #expect(try scaled.best(2, of: directions, threads: 1).map { $0.map(\.word) } == best.map { $0.prefix(2).map(\.word) })
        }
    }

    @Test func `levels of chance are those of NumPy's shuffles, whatever the number of threads`() throws {
        let golden: Golden = try goldenFile("words")
        let (sums, table) = try Self.found(), rows = try TableRows(Array(0..<Self.images), of: table)
        let scaled = ScaledWords(Self.words, covariance: sums.covariance)
        let levels = try ShuffledLevels(seed: 1, threads: 2).levels(of: 0..<Self.units, in: table, rows, scaled) { _ in }
        for unit in 0..<Self.units {
            guard let wanted = golden.levels[unit] else {
                #expect(levels[unit] == nil)
                continue
            }
            let level = Double(try #require(levels[unit]))
            #expect(wanted[0] - 1e-6 <= level && level <= wanted[1] + 1e-6, "unit \(unit): \(level), and \(wanted)")
        }
        #expect(try ShuffledLevels(seed: 1, threads: 1).levels(of: 0..<Self.units, in: table, rows, scaled) { _ in } == levels)
        #expect(try ShuffledLevels(seed: 2, threads: 1).levels(of: 0..<Self.units, in: table, rows, scaled) { _ in } != levels)
    }

    @Test func `the level is the 191st of 200 shuffles`() {
        #expect(ShuffledLevels.level((0..<200).map(Float.init).reversed()) == 190)
        #expect(ShuffledLevels.level([0.5]) == 0.5)
    }

    @Test func `areas and differences are scikit-learn's, intervals those of the bootstrap`() throws {
        let golden: Golden = try goldenFile("words")
        for wanted in golden.comparisons {
            var random = RandomSource(seed: 4)
            let found = HeldOutComparison(with: wanted.with, without: wanted.without, random: &random)
            #expect(abs(found.area - wanted.area) < 1e-9 && abs(found.difference - wanted.difference) < 1e-6)
            // The ends of an interval of 1,000 draws are off by a seventh of a standard deviation now and then.
            for (end, value) in zip([found.areaInterval.lower, found.areaInterval.upper], wanted.areaInterval) {
                #expect(abs(end - value) < 0.35 * wanted.areaDeviation)
            }
            for (end, value) in zip([found.differenceInterval.lower, found.differenceInterval.upper], wanted.differenceInterval) {
                #expect(abs(end - value) < 0.35 * wanted.differenceDeviation)
            }
        }
    }

    @Test func `sums go on from what was kept`() throws {
        var whole = AssociationSums(units: 2, width: 3), first = whole
        let vectors: [Float] = [1, 0, 0, 0, 1, 0, 0, 0.6, 0.8, 0.5, 0.5, -0.7], activations: [Float] = [1, 0, 2, 3, 0, -1, 4, 2]
        try whole.add(activations, vectors, count: 4)
        try first.add(Array(activations[..<4]), Array(vectors[..<6]), count: 2)
        var archive = ByteArchive()
        first.save(to: &archive)
        var again = ByteArchive(archive.bytes)
        var rest = try AssociationSums(units: 2, width: 3, from: &again)
        try rest.add(Array(activations[4...]), Array(vectors[6...]), count: 2)
        #expect(rest.directions(of: 0..<2).map { $0 ?? [] } == whole.directions(of: 0..<2).map { $0 ?? [] })
        #expect(zip(rest.covariance, whole.covariance).allSatisfy { abs($0 - $1) < 1e-12 })
        again = ByteArchive(archive.bytes)
        #expect(throws: (any Error).self) { try AssociationSums(units: 3, width: 3, from: &again) }
    }

    @Test func `halves follow from paths alone`() {
        // SHA-256 of "a.png" ends with 0, of "b.png" with d, as sha256sum says.
        let halves = LabelHalves(["a.png", "b.png"]), many = LabelHalves((0..<2000).map { "image-\($0).png" })
        #expect(halves.choosing == [0] && halves.measuring == [1])
        #expect((900...1100).contains(many.choosing.count) && many.choosing.count + many.measuring.count == 2000)
    }

    /// Unit 0 is stronger with the label 1, unit 1 knows of none.
    @Test func `labels are chosen on one half and measured on the other`() throws {
        let count = 400
        var table = LabelTable(units: 2, width: 0)
        for image in 0..<count {
            let noise = Float(Self.noise(image, 3)), own: Float = image % 4 == 1 ? 1.5 : 0
            table.add(image: image, activations: [own + noise, Float(Self.noise(image, 9))][...], vector: [])
        }
        let halves = LabelHalves((0..<count).map { "\($0)" })
        let classes = LabelChecker.Group(kind: .imageClass, names: ["a", "b", "c", "d", "rare"]) { label, row in
            row < 3 ? (label == 4 ? 1 : 0) : row % 4 == label ? 1 : 0
        }
        // Known of every second image only.
        let attributes = LabelChecker.Group(kind: .attribute, names: ["no", "yes"]) { label, row in
            row % 2 == 0 && row % 8 != 0 ? -1 : (label == 1) == (row % 4 == 1) ? 1 : 0
        }
        let checker = try LabelChecker(table, halves, [classes, attributes], words: nil, seed: 1, threads: 2)
        #expect(checker.tried == [.init(kind: .imageClass, count: 4), .init(kind: .attribute, count: 2)])
        let found = try checker.checks(of: 0..<2, layer: "layer") { _ in }
        #expect(found.chosenOn + found.measuredOn == count)
        let own = try #require(found.units.first?.checks)
        #expect(own.map(\.label) == ["b", "yes"])
        let with = halves.measuring.filter { $0 % 4 == 1 && $0 >= 3 }, without = halves.measuring.filter { !($0 % 4 == 1 && $0 >= 3) }
        #expect(own[0].with == with.count && own[0].without == without.count)
        #expect(own[0].area == Float(HeldOutComparison.area(table.values(of: 0, in: with), table.values(of: 0, in: without))))
        #expect(own[0].area > 0.9 && own[0].areaInterval[0] > 0.8 && own[0].difference > 1.2)
        // What was best by chance where it was chosen is not where it is measured.
        let other = try #require(found.units.last?.checks.first)
        #expect(other.chosen >= 0.5 && other.areaInterval[0] < 0.5)
        #expect(try LabelChecker(table, halves, [classes, attributes], words: nil, seed: 1, threads: 1).checks(of: 0..<2, layer: "layer") { _ in } == found)
    }
}
