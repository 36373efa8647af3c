import Dataset
import Network
import Run
import Tensors

/// Chooses a label of each kind for every unit on one half of the images, and says how well it tells on the other half where the unit is active.
struct LabelChecker {
    /// Images with a label and without that there must be in either half.
    static let fewest = 5
    /// The share of the first half's images that count as showing a word: those most like it.
    static let shown = 0.05

    /// Labels that images have or have not.
    struct Group {
        let kind: LayerChecks.Kind
        let names: [String]
        /// Of label `l` and row `r`: 1, 0, or -1 where it is not known.
        let mark: @Sendable (_ label: Int, _ row: Int) -> Int8
    }

    let table: LabelTable
    let halves: LabelHalves
    let groups: [Group]
    /// Of each label of each group the places of the first half's images that have it; nil where it is not known of all images.
    private let members: [[[Int]?]]
    /// Nil without words.
    let words: (vectors: WordVectors, scaled: ScaledWords, rows: TableRows)?
    let seed: UInt64
    let threads: Int

    /// - Parameter groups: classes, attributes.
    init(_ table: LabelTable, _ halves: LabelHalves, _ groups: [Group], words: WordVectors?, seed: UInt64, threads: Int) throws {
        (self.table, self.halves, self.seed, self.threads) = (table, halves, seed, threads)
        var usableGroups: [Group] = [], members: [[[Int]?]] = []
        for group in groups {
            var usable: [Int] = [], own: [[Int]?] = []
            for label in group.names.indices {
                let marks = [halves.choosing, halves.measuring].map { half in half.map { group.mark(label, $0) } }
                // Labels that hardly an image has, or hardly one lacks, say nothing.
                guard marks.allSatisfy({ $0.count { $0 == 1 } >= Self.fewest && $0.count { $0 == 0 } >= Self.fewest }) else { continue }
                usable.append(label)
                own.append(marks[0].contains(-1) ? nil : marks[0].indices.filter { marks[0][$0] == 1 })
            }
            let chosen = usable
            usableGroups.append(Group(kind: group.kind, names: chosen.map { group.names[$0] }) { group.mark(chosen[$0], $1) })
            members.append(own)
        }
        (self.groups, self.members) = (usableGroups, members)
        self.words = try words.map { words in
            let rows = try TableRows(halves.choosing, of: table)
            return (words, ScaledWords(words, covariance: rows.covariance), rows)
        }
    }

    var tried: [LayerChecks.Tried] {
        (words.map { [.init(kind: .word, count: $0.vectors.words.count)] } ?? []) + groups.map { .init(kind: $0.kind, count: $0.names.count) }
    }

    /// The checks of the units `range` of the table.
    func checks(of range: Range<Int>, layer: String, done: @escaping (_ units: Int) -> Void) throws -> LayerChecks {
        let best = try words.map { try $0.scaled.best(1, of: $0.rows.directions(of: range, in: table), threads: threads) }
        nonisolated(unsafe) var units: [LayerChecks.Unit] = []
        nonisolated(unsafe) let tell = done
        let checker = self
        try OrderedWork.run(0..<range.count, threads: threads) {
        } piece: { _, place -> [LayerChecks.Check] in
            var random = RandomSource(seed: checker.seed, stream: "words/bootstrap/\(layer)/\(place)")
            return checker.checks(of: range.lowerBound + place, word: best?[place].first, &random)
        } deliver: { place, checks in
            if !checks.isEmpty { units.append(.init(unit: place, checks: checks)) }
            tell(place + 1)
        }
        return LayerChecks(
            layer: layer, chosenOn: halves.choosing.count, measuredOn: halves.measuring.count, draws: HeldOutComparison.draws, tried: tried, units: units)
    }

    private func checks(of unit: Int, word: (word: Int, correlation: Float)?, _ random: inout RandomSource) -> [LayerChecks.Check] {
        let chosen = table.values(of: unit, in: halves.choosing), measured = table.values(of: unit, in: halves.measuring)
        guard let first = chosen.first, chosen.contains(where: { $0 != first }) else { return [] }
        let ranks = Ranks(chosen)
        var checks: [LayerChecks.Check] = []
        if let word, word.correlation > 0, let words {
            let own = likeness(to: word.word, words.vectors, halves.choosing)
            let threshold = own.sorted()[min(own.count - 1, Int(Double(own.count) * (1 - Self.shown)))]
            if let area = Self.area(ranks, chosen, own.map { $0 >= threshold ? 1 : 0 }) {
                let marks = likeness(to: word.word, words.vectors, halves.measuring).map { $0 >= threshold ? Int8(1) : 0 }
                if let check = check(.word, words.vectors.words[word.word], area, measured, marks, &random) { checks.append(check) }
            }
        }
        for (group, members) in zip(groups, members) {
            var best: (label: Int, area: Double)?
            for label in group.names.indices {
                // Of a thousand classes each image is looked at once, not a thousand times.
                let area = members[label].map { ranks.area($0.reduce(0) { $0 + ranks.values[$1] }, with: $0.count) }
                    ?? Self.area(ranks, chosen, halves.choosing.map { group.mark(label, $0) })
                if let area, area > best?.area ?? 0 { best = (label, area) }
            }
            guard let best else { continue }
            let marks = halves.measuring.map { group.mark(best.label, $0) }
            if let check = check(group.kind, group.names[best.label], best.area, measured, marks, &random) { checks.append(check) }
        }
        return checks
    }

    private func likeness(to word: Int, _ words: WordVectors, _ rows: [Int]) -> [Float] {
        let start = word * words.width
        return rows.map { row in
            var sum: Float = 0
            for place in 0..<words.width { sum += table.vectors[row * words.width + place] * words.values[start + place] }
            return sum
        }
    }

    /// The area under the curve; nil where too few images have the label or have it not.
    private static func area(_ ranks: Ranks, _ values: [Float], _ marks: [Int8]) -> Double? {
        let with = marks.count { $0 == 1 }, without = marks.count { $0 == 0 }
        guard with >= fewest, without >= fewest else { return nil }
        if with + without == marks.count {
            return ranks.area(marks.indices.reduce(0) { marks[$1] == 1 ? $0 + ranks.values[$1] : $0 }, with: with)
        }
        return HeldOutComparison.area(marks.indices.filter { marks[$0] == 1 }.map { values[$0] }, marks.indices.filter { marks[$0] == 0 }.map { values[$0] })
    }

    private func check(
        _ kind: LayerChecks.Kind, _ label: String, _ chosen: Double, _ values: [Float], _ marks: [Int8], _ random: inout RandomSource
    ) -> LayerChecks.Check? {
        let with = marks.indices.filter { marks[$0] == 1 }.map { values[$0] }, without = marks.indices.filter { marks[$0] == 0 }.map { values[$0] }
        guard with.count >= Self.fewest, without.count >= Self.fewest else { return nil }
        let found = HeldOutComparison(with: with, without: without, random: &random)
        return .init(
            kind: kind, label: label, chosen: Float(chosen), area: Float(found.area),
            areaInterval: [Float(found.areaInterval.lower), Float(found.areaInterval.upper)], difference: Float(found.difference),
            differenceInterval: [Float(found.differenceInterval.lower), Float(found.differenceInterval.upper)], with: with.count, without: without.count)
    }
}
