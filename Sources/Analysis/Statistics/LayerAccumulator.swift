import Network
import Run
import Tensors

/// The statistics of one layer's units while images go by. Images are added in order, so sums have the same bits whatever
/// the number of threads.
struct LayerAccumulator {
    let layer: String
    let shape: Shape
    let field: ReceptiveField
    /// What can be put together of parts in any way, and what depends on the order of images in its last bits.
    var counts: LayerCounts
    var sums: LayerSums

    /// Statistics of `layer` with maps of `shape`, and the `capacity` strongest images of each unit; `classCount` is 0 where images have no
    /// labels.
    init(layer: String, shape: Shape, field: ReceptiveField, classCount: Int, capacity: Int) {
        self.layer = layer
        self.shape = shape
        self.field = field
        counts = LayerCounts(units: shape[0], classCount: classCount, capacity: capacity)
        sums = LayerSums(units: shape[0], classCount: classCount)
    }

    var images: Int { counts.images }

    /// Adds image `index` of a batch's summary, which is number `image` of the listing.
    mutating func add(_ summary: LayerSummary, index: Int, image: Int, label: Int?) {
        let label = label.flatMap { $0 < counts.classImages.count ? $0 : nil }
        counts.add(summary, index: index, image: image, label: label)
        sums.add(summary, index: index, label: label)
    }

    /// The finished statistics, with at most `exemplars` images a unit; `input` is C x H x W of the network's input.
    func statistics(exemplars: Int, input: Shape) -> LayerStatistics {
        LayerStatistics(
            layer: layer, shape: shape.dimensions, images: images,
            units: (0..<shape[0]).map { unit(at: $0, exemplars: exemplars, input: input) })
    }

    private func unit(at unit: Int, exemplars: Int, input: Shape) -> LayerStatistics.Unit {
        let positions = Double(max(1, images * shape[1] * shape[2]))
        let mean = sums.sum[unit] / positions
        let means = counts.classImages.enumerated().map { label, images in
            images > 0 ? Float(sums.classSum[unit * counts.classImages.count + label] / Double(images)) : 0
        }
        return LayerStatistics.Unit(
            unit: unit, mean: Float(mean),
            standardDeviation: Float(max(0, sums.squares[unit] / positions - mean * mean).squareRoot()),
            minimum: images > 0 ? counts.minimum[unit] : 0, maximum: images > 0 ? counts.maximum[unit] : 0,
            activePositions: Float(Double(counts.positive[unit]) / positions),
            activeImages: Float(Double(counts.active[unit]) / Double(max(1, images))), histogram: counts.histogram.histogram(of: unit),
            classMeans: means, selectivity: selectivity(means),
            strongest: self.exemplars(of: unit, count: exemplars, input: input))
    }

    /// The first unit that was below zero anywhere; nil when none was.
    var negativeUnit: Int? { images > 0 ? counts.minimum.firstIndex { $0 < 0 } : nil }

    /// The unit's strongest images, strongest first, whole.
    func strongest(of unit: Int) -> [Reference] { counts.strongest(of: unit).map { Reference(image: $0.image, score: $0.activation) } }

    /// At most `count` of the unit's strongest images, strongest first, and where in them it is that strong.
    func exemplars(of unit: Int, count: Int, input: Shape) -> [LayerStatistics.Exemplar] {
        counts.strongest(of: unit).prefix(count).map {
            exemplar(image: $0.image, activation: $0.activation, position: $0.position, input: input)
        }
    }

    /// An image with the pixels that `position`, `row * width + column` of the layer's map, can see.
    func exemplar(image: Int, activation: Float, position: Int, input: Shape) -> LayerStatistics.Exemplar {
        let place = [position / shape[2], position % shape[2]]
        return .init(
            image: image, activation: activation, position: place, window: field.window(at: place, height: input[1], width: input[2]))
    }

    /// Over the classes that have images (Morcos et al. 2018, equation 1).
    private func selectivity(_ means: [Float]) -> Float? {
        let present = means.indices.filter { counts.classImages[$0] > 0 }
        guard present.count > 1, let best = present.max(by: { means[$0] < means[$1] }) else { return nil }
        let others = present.filter { $0 != best }.reduce(Float(0)) { $0 + means[$1] } / Float(present.count - 1)
        let total = means[best] + others
        return others >= 0 && total > 0 ? (means[best] - others) / total : nil
    }
}
