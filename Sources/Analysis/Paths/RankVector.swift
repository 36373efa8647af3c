/// The ranks of some values, of equal ones the mean, less their mean and at unit length: the product of two is Spearman's rank correlation
/// (Spearman 1904, with the usual treatment of ties).
struct RankVector: Sendable {
    private let values: [Double]

    /// Nil where ranks say nothing: of fewer than three values, of equal ones, and where one is not a number.
    init?(_ values: [Float]) {
        let count = values.count
        guard count > 2, !values.contains(where: \.isNaN) else { return nil }
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: count), squares = 0.0
        var begin = 0
        while begin < count {
            var end = begin + 1
            while end < count, values[order[end]] == values[order[begin]] { end += 1 }
            // Counted from the middle, ranks are half numbers, and exact.
            let rank = Double(begin + end - count) / 2
            for place in begin..<end { ranks[order[place]] = rank }
            squares += rank * rank * Double(end - begin)
            begin = end
        }
        guard squares > 0 else { return nil }
        let length = squares.squareRoot()
        self.values = ranks.map { $0 / length }
    }

    /// In [-1, 1].
    func correlation(with other: RankVector) -> Double { zip(values, other.values).reduce(0) { $0 + $1.0 * $1.1 } }
}
