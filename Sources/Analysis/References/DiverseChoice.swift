/// References that are good and differ from each other: maximal marginal relevance (Carbonell and Goldstein 1998).
///
/// The best is taken first; then, again and again, the one with the largest
/// `(1 - diversity) * score - diversity * (largest cosine between its features and those taken)`, the scores brought to [0, 1].
struct DiverseChoice {
    private let diversity: Double
    private let scores: [Double]
    /// Of each candidate, of length 1; all zero where there was no length.
    private let features: [[Double]]

    /// A choice among candidates with `scores` and `features`, one of each.
    init(diversity: Float, scores: [Float], features: [[Float]]) {
        precondition(scores.count == features.count, "a score and features for each candidate")
        self.diversity = Double(diversity)
        let lowest = Double(scores.min() ?? 0), range = Double(scores.max() ?? 0) - lowest
        self.scores = scores.map { range > 0 ? (Double($0) - lowest) / range : 0 }
        self.features = features.map { vector in
            let length = vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            return vector.map { length > 0 ? Double($0) / length : 0 }
        }
    }

    /// At most `count` candidates by their numbers, in the order in which they are taken; of equals the first.
    func chosen(_ count: Int) -> [Int] {
        var open = Array(scores.indices), taken: [Int] = []
        // The largest cosine with any that was taken; nothing is alike as long as nothing was.
        var likeness = [Double?](repeating: nil, count: scores.count)
        while taken.count < count, !open.isEmpty {
            let values = open.map { (1 - diversity) * scores[$0] - diversity * (likeness[$0] ?? 0) }
            guard let largest = values.max(), let place = values.firstIndex(of: largest) else { break }
            // Before anything is taken only the score counts, however large the wish for diversity.
            let next = taken.isEmpty ? (open.max { scores[$0] < scores[$1] || (scores[$0] == scores[$1] && $0 > $1) } ?? 0) : open[place]
            open.removeAll { $0 == next }
            taken.append(next)
            for other in open {
                let cosine = zip(features[next], features[other]).reduce(0) { $0 + $1.0 * $1.1 }
                likeness[other] = max(likeness[other] ?? -.infinity, cosine)
            }
        }
        return taken
    }
}
