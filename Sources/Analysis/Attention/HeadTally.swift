import Run

/// Where one head looked so far.
struct HeadTally {
    /// Images kept of each head.
    static let shown = 8

    private var images = 0, placed = 0
    private var distance = 0.0, itself = 0.0, entropy = 0.0
    private var tokens: [Double]
    /// The images in which most attention goes to one place, most first.
    private(set) var strongest: [(image: Int, share: Float, place: Int, map: [Float])] = []

    init(tokens: Int) { self.tokens = Array(repeating: 0, count: tokens) }

    /// Adds what the head does in an image, which is the next in the listing of those added.
    mutating func add(_ look: HeadLook, image: Int) {
        // Of a network with broken weights attention may be no number.
        guard look.entropy.isFinite, look.map.allSatisfy(\.isFinite) else { return }
        images += 1
        entropy += Double(look.entropy)
        itself += Double(look.itself ?? 0)
        for (token, share) in look.tokens.enumerated() { tokens[token] += Double(share) }
        if let found = look.distance {
            distance += Double(found)
            placed += 1
        }
        guard !look.map.isEmpty, case let place = look.place, case let share = look.map[place], share > 0 else { return }
        guard strongest.count < Self.shown || share > strongest[strongest.count - 1].share else { return }
        let rank = strongest.firstIndex { $0.share < share } ?? strongest.count
        strongest.insert((image, share, place, look.map), at: rank)
        if strongest.count > Self.shown { strongest.removeLast() }
    }

    /// What is told of it; `pictures` are those of `strongest`, in order.
    func head(_ index: Int, _ geometry: HeadGeometry, pictures: [String]) -> AttentionHeads.Head {
        let count = Double(max(1, images)), columns = max(1, geometry.columns.count)
        return .init(
            index: index, distance: placed > 0 ? Float(distance / Double(placed)) : nil, itself: geometry.hasItself ? Float(itself / count) : nil,
            tokens: tokens.map { Float($0 / count) }, entropy: Float(entropy / count),
            strongest: zip(strongest, pictures).map { found, picture in
                .init(
                    image: found.image, share: found.share, place: [geometry.rows[found.place / columns], geometry.columns[found.place % columns]],
                    picture: picture)
            })
    }
}
