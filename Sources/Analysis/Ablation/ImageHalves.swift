/// Every second image of each class is for choosing units, the others are for measuring what was chosen: an effect measured where it was
/// looked for is larger than it is.
struct ImageHalves: Sendable {
    /// Numbers of images by class, in the order of the listing.
    let choosing: [Int: [Int]]
    let measuring: [Int: [Int]]

    /// Of the images `numbers`, whose classes are `labels`, by number.
    init(_ numbers: [Int], labels: [Int?]) {
        var choosing: [Int: [Int]] = [:], measuring: [Int: [Int]] = [:], seen: [Int: Int] = [:]
        for number in numbers {
            guard let label = labels[number] else { continue }
            if seen[label, default: 0] % 2 == 0 { choosing[label, default: []].append(number) } else { measuring[label, default: []].append(number) }
            seen[label, default: 0] += 1
        }
        self.choosing = choosing
        self.measuring = measuring
    }

    /// Images of a class that are needed to say anything about the units that carry it.
    static let fewest = 4

    func hasEnough(of label: Int) -> Bool { (choosing[label]?.count ?? 0) + (measuring[label]?.count ?? 0) >= Self.fewest }

    /// Images for measuring, of all classes, at most `limit`, spread evenly.
    func sample(atMost limit: Int) -> [Int] {
        let all = measuring.values.flatMap { $0 }.sorted(), count = min(limit, all.count)
        return (0..<count).map { all[$0 * all.count / count] }
    }
}
