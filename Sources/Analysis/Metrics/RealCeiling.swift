import Tensors

/// Which of the classes' real images are measured as if a method had made them: the ceiling of what a method can reach.
struct RealCeiling {
    /// Numbers in the listing, class by class.
    let images: [Int]
    /// Of those, the ones drawn: as many a class as a method makes pictures, and at most half, so that there is something left to
    /// compare them with. Of classes with a single image every other one is drawn.
    let drawn: Set<Int>
    private let classesDrawnFrom: Set<Int>

    init(classes: [Int], labels: [Int?], seeds: Int, seed: UInt64) {
        let chosen = Set(classes)
        var ofClass: [Int: [Int]] = [:]
        for (number, label) in labels.enumerated() {
            if let label, chosen.contains(label) { ofClass[label, default: []].append(number) }
        }
        var images: [Int] = [], drawn = Set<Int>()
        var drawsSingle = true
        for index in classes {
            let own = ofClass[index] ?? []
            images += own
            if own.count == 1 {
                if drawsSingle { drawn.insert(own[0]) }
                drawsSingle.toggle()
                continue
            }
            var random = RandomSource(seed: seed, stream: "comparison/real/\(index)")
            drawn.formUnion(own.shuffled(using: &random).prefix(min(seeds, own.count / 2)))
        }
        self.images = images
        self.drawn = drawn
        classesDrawnFrom = Set(drawn.compactMap { labels[$0] })
    }

    /// True when an image of the class is drawn.
    func draws(from index: Int) -> Bool { classesDrawnFrom.contains(index) }
}
