import Diagnostics
import Foundation
import Network
import Run
import Tensors

/// Concepts of a layer by non-negative matrix factorisation of its activations in many windows (CRAFT, Fel et al. 2023, CVPR).
struct ConceptSearch {
    let activations: WindowActivations
    let layer: String
    /// C x H x W of the network's input.
    let input: Shape
    /// The class of each image of the listing.
    let labels: [Int?]
    let classCount: Int
    /// Strongest images kept for each concept.
    let strongest: Int
    /// References of a concept, at most.
    let references: Int

    /// The layer's `count` concepts, the most important first. Throws a usage `Problem` when activations are negative somewhere.
    func concepts(_ count: Int, random: RandomSource) throws -> LayerConcepts {
        let windows = activations.grid.windows.count, samples = activations.images.count * windows
        if let negative = activations.values.firstIndex(where: { $0 < 0 }) {
            throw Self.negativeValues(in: layer, unit: negative % activations.channels)
        }
        let factors = NonNegativeFactorisation(activations.values, features: activations.channels, components: count, random: random)
        // Directions of length 1, and what each explains: the sum of all that its part adds up to.
        var found = (0..<count).map { component in
            let vector = factors.direction(component)
            let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let coefficients = (0..<samples).map { factors.coefficients[$0 * count + component] * length }
            let direction = vector.map { length > 0 ? $0 / length : 0 }
            return (direction: direction, coefficients: coefficients, mass: coefficients.reduce(0, +) * direction.reduce(0, +))
        }
        found = found.enumerated().sorted { ($1.element.mass, $0.offset) < ($0.element.mass, $1.offset) }.map(\.element)
        let total = found.reduce(0) { $0 + $1.mass }
        let statistics = statistics(found.map { $0.direction.map(Float.init) })
        return LayerConcepts(
            layer: layer, images: activations.images.count, windows: samples,
            side: (activations.grid.windows.first).map { $0[2] - $0[0] } ?? 0,
            reconstructionError: Float(factors.relativeError(activations.values)), iterations: factors.iterations,
            concepts: found.enumerated().map { index, concept in
                let best = best(concept.coefficients)
                return .init(
                    index: index, direction: concept.direction.map(Float.init), importance: total > 0 ? Float(concept.mass / total) : 0,
                    references: Array(best.prefix(references)), heldOut: best.dropFirst(references).first, statistics: statistics[index])
            })
    }

    static func negativeValues(in layer: String, unit: Int) -> Problem {
        Problem(
            "Concepts of \(layer) cannot be found: it has activations below zero",
            explanation: "Unit \(unit) has. Concepts are found by a factorisation of values that are not negative, as behind a ReLU.",
            remedy: "Choose a layer behind a ReLU; `vitrine inspect` lists them.", kind: .usage)
    }

    private func window(_ number: Int) -> [Int]? {
        let window = activations.grid.windows[number]
        return window == [0, 0, input[1], input[2]] ? nil : window
    }

    /// The number of the window of an image with the largest of `values`; the first of equals.
    private func bestWindow(_ values: ArraySlice<Double>) -> Int {
        guard let largest = values.max(), let place = values.firstIndex(of: largest) else { return 0 }
        return place - values.startIndex
    }

    /// The images with the largest coefficients above zero, one window each; one more than the references.
    private func best(_ coefficients: [Double]) -> [Reference] {
        let windows = activations.grid.windows.count
        let each = activations.images.indices.map { image -> Reference in
            let values = coefficients[image * windows..<(image + 1) * windows]
            let place = bestWindow(values)
            return Reference(image: activations.images[image], window: window(place), score: Float(values[values.startIndex + place]))
        }
        return Array(
            each.filter { ($0.score ?? 0) > 0 }.enumerated()
                .sorted { ($1.element.score ?? 0, $0.offset) < ($0.element.score ?? 0, $1.offset) }.map(\.element).prefix(references + 1))
    }

    /// What each of `directions` did over all images.
    private func statistics(_ directions: [[Float]]) -> [LayerStatistics.Unit] {
        let windows = activations.grid.windows.count, channels = activations.channels
        let shape: Shape = [directions.count, 1, 1]
        var accumulator = LayerAccumulator(
            layer: layer, shape: shape, field: ReceptiveField(start: [0, 0], size: [input[1], input[2]], jump: [1, 1]),
            classCount: classCount, capacity: strongest)
        // The best window of every image for each direction.
        var places = [[Int]](repeating: [], count: directions.count)
        let blocks = Layout.blocks(directions.count) * Layout.block
        for (position, image) in activations.images.enumerated() {
            var map = [Float](repeating: 0, count: blocks)
            for (index, direction) in directions.enumerated() {
                let values = (0..<windows).map { window -> Double in
                    let base = (position * windows + window) * channels
                    return projection(activations.values[base..<base + channels], on: direction)
                }
                let place = bestWindow(values[...])
                places[index].append(place)
                map[index] = Float(values[place])
            }
            let summary = map.withUnsafeBufferPointer { buffer in
                buffer.baseAddress.map { LayerSummary($0, images: 1, shape: shape) }
            }
            if let summary { accumulator.add(summary, index: 0, image: image, label: labels[image]) }
        }
        let position = Dictionary(uniqueKeysWithValues: activations.images.enumerated().map { ($1, $0) })
        return accumulator.statistics(exemplars: strongest, input: input).units.map { unit in
            var unit = unit
            for number in unit.strongest.indices {
                if let image = position[unit.strongest[number].image] {
                    unit.strongest[number].window = activations.grid.windows[places[unit.unit][image]]
                }
            }
            return unit
        }
    }
}

/// The product of a vector of channel means and a direction, in double precision.
func projection(_ means: some Collection<Float>, on direction: [Float]) -> Double {
    zip(means, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
