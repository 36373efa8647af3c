import Tensors

/// How much stronger a unit is on images with a label than on others: the area under the ROC curve (how often one with the label activates it
/// more, ties by half: Mann and Whitney 1947) and the difference of means, both as Kopf et al. 2024 ("CoSy: Evaluating Textual Explanations of
/// Neurons", NeurIPS) judge a label by, with intervals of 95 % by the bootstrap (Efron 1979: percentiles over draws with replacement, images with
/// the label and without by themselves).
struct HeldOutComparison {
    static let draws = 1000
    /// Images of either kind that are drawn from, at most, spread evenly: an interval's cost does not grow with the number of images.
    static let most = 4000

    let area: Double
    let areaInterval: (lower: Double, upper: Double)
    let difference: Double
    let differenceInterval: (lower: Double, upper: Double)

    /// - Parameters:
    ///   - with: activations in images with the label, at least one.
    ///   - without: in the others, at least one.
    init(with: [Float], without: [Float], random: inout RandomSource) {
        precondition(!with.isEmpty && !without.isEmpty, "images of both kinds")
        area = Self.area(with, without)
        difference = Self.mean(with) - Self.mean(without)
        let first = Self.spread(with), second = Self.spread(without)
        // Values by their rank among all, equal ones alike: a draw is then counted, not sorted.
        let sorted = Set(first).union(second).sorted(), places = Dictionary(uniqueKeysWithValues: zip(sorted, 0...))
        let firstPlaces = first.map { places[$0] ?? 0 }, secondPlaces = second.map { places[$0] ?? 0 }
        var areas: [Double] = [], differences: [Double] = []
        var counts = [(with: Int32, without: Int32)](repeating: (0, 0), count: sorted.count)
        for _ in 0..<Self.draws {
            for place in counts.indices { counts[place] = (0, 0) }
            for _ in firstPlaces { counts[firstPlaces[Self.index(below: firstPlaces.count, &random)]].with += 1 }
            for _ in secondPlaces { counts[secondPlaces[Self.index(below: secondPlaces.count, &random)]].without += 1 }
            var below = 0.0, won = 0.0, sums = (0.0, 0.0)
            for place in counts.indices {
                let (own, other) = (Double(counts[place].with), Double(counts[place].without))
                won += own * (below + other / 2)
                below += other
                sums.0 += own * Double(sorted[place])
                sums.1 += other * Double(sorted[place])
            }
            areas.append(won / (Double(first.count) * Double(second.count)))
            differences.append(sums.0 / Double(first.count) - sums.1 / Double(second.count))
        }
        areaInterval = Self.interval(areas)
        differenceInterval = Self.interval(differences)
    }

    /// Numbers below `count`, with equal probability but for 2^-40 of it.
    private static func index(below count: Int, _ random: inout RandomSource) -> Int { Int(((random.next() >> 32) &* UInt64(count)) >> 32) }

    private static func mean(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) } / Double(values.count) }

    private static func spread(_ values: [Float]) -> [Float] {
        values.count <= most ? values : (0..<most).map { values[$0 * values.count / most] }
    }

    /// The share of pairs of which the one of `with` is larger, ties by half.
    static func area(_ with: [Float], _ without: [Float]) -> Double {
        let ranks = Ranks(with + without)
        return ranks.area((0..<with.count).reduce(0) { $0 + ranks.values[$1] }, with: with.count)
    }

    /// The 2.5th and the 97.5th percentile, interpolated.
    private static func interval(_ values: [Double]) -> (lower: Double, upper: Double) {
        let sorted = values.sorted()
        func percentile(_ share: Double) -> Double {
            let place = share * Double(sorted.count - 1), below = Int(place)
            return below + 1 < sorted.count ? sorted[below] + (place - Double(below)) * (sorted[below + 1] - sorted[below]) : sorted[below]
        }
        return (percentile(0.025), percentile(0.975))
    }
}

/// Values by rank among themselves, from 1; equal ones share the mean of their ranks.
struct Ranks {
    let values: [Double]

    init(_ numbers: [Float]) {
        let order = numbers.indices.sorted { numbers[$0] < numbers[$1] }
        var values = [Double](repeating: 0, count: numbers.count), begin = 0
        while begin < order.count {
            var end = begin + 1
            while end < order.count, numbers[order[end]] == numbers[order[begin]] { end += 1 }
            for place in begin..<end { values[order[place]] = Double(begin + end + 1) / 2 }
            begin = end
        }
        self.values = values
    }

    /// The area under the ROC curve where `with` of the values have ranks of the sum `sum`.
    func area(_ sum: Double, with: Int) -> Double {
        (sum - Double(with) * Double(with + 1) / 2) / (Double(with) * Double(values.count - with))
    }
}
