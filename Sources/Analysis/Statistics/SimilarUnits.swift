import Run
import Tensors

/// What the correlations of a layer's units tell: who is like whom, who is superfluous, and a map.
struct SimilarUnits {
    /// Others named with each unit, on either side.
    static let named = 6
    static let redundant: Float = 0.9
    static let listedPairs = 40
    /// Larger layers have no map: every pair is counted in every step.
    static let mostOnMap = 2048

    let layer: String
    let units: Int
    let images: Int
    /// Units x units.
    let matrix: [Float]

    init(layer: String, _ correlation: UnitCorrelation) {
        self.layer = layer
        units = correlation.units
        images = correlation.images
        matrix = correlation.matrix()
    }

    private func row(_ unit: Int) -> ArraySlice<Float> { matrix[unit * units..<(unit + 1) * units] }
    private func isDefined(_ unit: Int) -> Bool { matrix[unit * units + unit].isFinite }

    func document(seed: UInt64) -> LayerSimilarity {
        let places = places(seed: seed)
        return LayerSimilarity(
            layer: layer, images: images,
            units: (0..<units).map { unit in
                .init(unit: unit, similar: matches(of: unit, sign: 1), opposite: matches(of: unit, sign: -1), place: places[unit])
            }, redundant: redundantPairs)
    }

    /// The units with the largest correlation times `sign` that is above zero; of equals the lower number.
    private func matches(of unit: Int, sign: Float) -> [LayerSimilarity.Match] {
        let values = row(unit).enumerated().map { $0.offset == unit || !$0.element.isFinite ? 0 : sign * $0.element }
        return Sweep.best(Self.named, of: values).filter { values[$0] > 0 }.map { .init(unit: $0, correlation: sign * values[$0]) }
    }

    private var redundantPairs: LayerSimilarity.Redundant {
        var pairs: [LayerSimilarity.Pair] = []
        for first in 0..<units {
            for second in first + 1..<max(units, first + 1) where matrix[first * units + second] >= Self.redundant {
                pairs.append(.init(units: [first, second], correlation: matrix[first * units + second]))
            }
        }
        // The sort is stable: of equals the lower numbers.
        let sorted = pairs.sorted { $0.correlation > $1.correlation }
        return .init(threshold: Self.redundant, count: pairs.count, pairs: Array(sorted.prefix(Self.listedPairs)))
    }

    // MARK: The map

    /// Places by unit: those that have the same neighbours on the map as by correlation. The square of the distance of two units, scaled to
    /// unit variance, is 2 - 2 r.
    private func places(seed: UInt64) -> [[Float]?] {
        let shown = (0..<units).filter(isDefined)
        var places = [[Float]?](repeating: nil, count: units)
        guard shown.count >= NeighbourEmbedding.fewest, units <= Self.mostOnMap else { return places }
        var random = RandomSource(seed: seed, stream: "map/\(layer)")
        let embedding = NeighbourEmbedding(
            count: shown.count, start: principalPlaces(shown), perplexity: 15, steps: 500, random: &random
        ) { point, squares in
            let own = shown[point] * units
            for (place, other) in shown.enumerated() { squares[place] = max(0, 2 - 2 * Double(matrix[own + other])) }
        }
        for (place, unit) in shown.enumerated() { places[unit] = Array(embedding.places[2 * place..<2 * place + 2]) }
        return places
    }

    /// The two largest principal axes of the correlations of `shown`, by subspace iteration, one pair a unit: where the map begins.
    private func principalPlaces(_ shown: [Int]) -> [Float] {
        let count = shown.count
        // Any beginning will do that is no axis by chance.
        var axes = (0..<2).map { axis in (0..<count).map { Double(($0 * (axis + 3) * 7919) % 101) - 50 } }
        for _ in 0..<50 {
            for axis in 0..<2 {
                centre(&axes[axis])
                var next = [Double](repeating: 0, count: count)
                for (place, unit) in shown.enumerated() {
                    let own = unit * units
                    var sum = 0.0
                    for (other, number) in shown.enumerated() { sum += Double(matrix[own + number]) * axes[axis][other] }
                    next[place] = sum
                }
                centre(&next)
                if axis == 1 {
                    let product = zip(axes[0], next).reduce(0) { $0 + $1.0 * $1.1 }
                    for place in 0..<count { next[place] -= product * axes[0][place] }
                }
                let length = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
                axes[axis] = length > 0 ? next.map { $0 / length } : next
            }
        }
        return (0..<count).flatMap { [Float(axes[0][$0]), Float(axes[1][$0])] }
    }

    private func centre(_ values: inout [Double]) {
        let mean = values.reduce(0, +) / Double(max(1, values.count))
        for place in values.indices { values[place] -= mean }
    }
}
