/// Returns up to `count` of `candidates` that a person who typed `name` may have meant, nearest first: by the number of
/// edits (Levenshtein 1966), at most a third of the name's length plus one, or by a shared beginning.
public func nearestNames(to name: String, among candidates: [String], count: Int = 3) -> [String] {
    let wanted = Array(name.lowercased().prefix(200))
    let limit = wanted.count / 3 + 1
    var scored: [(distance: Int, index: Int)] = []
    for (index, candidate) in candidates.enumerated() {
        let other = Array(candidate.lowercased().prefix(200))
        let distance = editDistance(wanted, other)
        if distance <= limit {
            scored.append((distance, index))
        } else if !wanted.isEmpty, other.starts(with: wanted) {
            scored.append((limit + other.count, index))
        }
    }
    return scored.sorted { ($0.distance, $0.index) < ($1.distance, $1.index) }.prefix(count).map { candidates[$0.index] }
}

private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, left) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, right) in b.enumerated() {
            let substitution = diagonal + (left == right ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substitution, diagonal + 1, row[j] + 1)
        }
    }
    return row[b.count]
}
