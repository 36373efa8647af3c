import Network
import Run

/// The best words of a layer's units over all images, and the level that chance reaches.
struct WordFinder {
    private let vocabulary: LabelStudy.Vocabulary
    private let sums: AssociationSums
    private let table: LabelTable
    private let rows: TableRows
    /// Scaled over all images, and over those of the table.
    private let all, sampled: ScaledWords
    private let levels: ShuffledLevels
    private let threads: Int

    init(_ vocabulary: LabelStudy.Vocabulary, _ sums: AssociationSums, _ table: LabelTable, seed: UInt64, threads: Int) throws {
        (self.vocabulary, self.sums, self.table, self.threads) = (vocabulary, sums, table, threads)
        rows = try TableRows(Array(table.images.indices), of: table)
        all = ScaledWords(vocabulary.words, covariance: sums.covariance)
        sampled = table.images.count == sums.images ? all : ScaledWords(vocabulary.words, covariance: rows.covariance)
        levels = ShuffledLevels(seed: seed, threads: threads)
    }

    /// The words of the units `range` of the table; `done` is told of shuffles.
    func words(of range: Range<Int>, layer: String, done: @escaping @Sendable (Int) -> Void) throws -> LayerWords {
        let best = try all.best(WordStage.shown, of: sums.directions(of: range), threads: threads)
        let levels = try self.levels.levels(of: range, in: table, rows, sampled, done: done)
        // Chance correlates less over more images.
        let scale = (Double(max(1, table.images.count - 1)) / Double(max(1, sums.images - 1))).squareRoot()
        return LayerWords(
            layer: layer, encoder: vocabulary.description, preparation: vocabulary.preparation, words: vocabulary.words.words.count,
            images: sums.images, shuffledImages: table.images.count,
            shuffles: ShuffledLevels.shuffles, quantile: ShuffledLevels.quantile,
            units: best.indices.map { unit in
                .init(
                    unit: unit, best: best[unit].map { .init(word: vocabulary.words.words[$0.word], correlation: $0.correlation) },
                    level: levels[unit].map { Float(Double($0) * scale) })
            })
    }
}
