import Tensors

/// Where patches stand in relation to one another on a grid of `height` x `width`, row by row.
struct PatchGrid: Equatable {
    let height: Int
    let width: Int

    var count: Int { height * width }

    /// How many differences two places can have.
    var differences: Int { (2 * height - 1) * (2 * width - 1) }

    /// Which row of a table of differences belongs to two places (Liu et al. 2021): the difference of rows counts most, and both begin at
    /// their lowest.
    private func difference(_ place: Int, _ other: Int) -> Int {
        let rows = place / width - other / width + height - 1
        return rows * (2 * width - 1) + place % width - other % width + width - 1
    }

    /// The rows for every place and every other, count x count.
    func differenceIndices() -> [Int] {
        (0..<count).flatMap { place in (0..<count).map { difference(place, $0) } }
    }

    /// The same with a class token in front, whose three relations to itself and the places follow in the table (Bao et al. 2022):
    /// from it, to it, and its own.
    func differenceIndicesWithClassToken() -> [Int] {
        [differences + 2] + Array(repeating: differences, count: count)
            + (0..<count).flatMap { place in [differences + 1] + (0..<count).map { difference(place, $0) } }
    }
}

extension Tensor {
    /// Values at the places of a grid (count x channels) at those of another, by cubic interpolation as PyTorch's `interpolate` does
    /// it (`bicubic`, `align_corners=False`); where `antialiases`, the kernel grows with the places it has to cover.
    func resampled(from: PatchGrid, to: PatchGrid, antialiases: Bool) -> Tensor {
        let channels = shape[1]
        let rows = Self.cubicWeights(from: from.height, to: to.height, antialiases: antialiases)
        let columns = Self.cubicWeights(from: from.width, to: to.width, antialiases: antialiases)
        var result = [Float](repeating: 0, count: to.count * channels)
        for (row, vertical) in rows.enumerated() {
            for (column, horizontal) in columns.enumerated() {
                let place = (row * to.width + column) * channels
                for (y, weightOfRow) in vertical {
                    for (x, weightOfColumn) in horizontal {
                        let source = (y * from.width + x) * channels, weight = Float(weightOfRow * weightOfColumn)
                        for channel in 0..<channels { result[place + channel] += weight * values[source + channel] }
                    }
                }
            }
        }
        return Tensor(shape: [to.count, channels], values: result)
    }

    /// For every place of the result, which places it is made of, and with what weights.
    private static func cubicWeights(from: Int, to: Int, antialiases: Bool) -> [[(place: Int, weight: Double)]] {
        let scale = Double(from) / Double(to)
        // PyTorch's two implementations differ in the kernel's sharpness as well.
        let sharpness = antialiases ? -0.5 : -0.75
        let stretch = antialiases ? max(scale, 1) : 1
        func kernel(_ distance: Double) -> Double {
            let x = abs(distance)
            if x < 1 { return ((sharpness + 2) * x - (sharpness + 3)) * x * x + 1 }
            return x < 2 ? sharpness * (((x - 5) * x + 8) * x - 4) : 0
        }
        return (0..<to).map { index in
            let center = (Double(index) + 0.5) * scale - 0.5
            let near = Int((center - 2 * stretch).rounded(.up))...Int((center + 2 * stretch).rounded(.down))
            let weights = near.map { (place: $0, weight: kernel((Double($0) - center) / stretch)) }
            if antialiases {
                // Places outside are left out.
                let inside = weights.filter { (0..<from).contains($0.place) }
                let total = inside.reduce(0) { $0 + $1.weight }
                return inside.map { ($0.place, $0.weight / total) }
            }
            // Outside, the nearest place inside counts.
            return weights.map { (min(max($0.place, 0), from - 1), $0.weight) }
        }
    }
}
