import Network
import Run
import Tensors

/// The statistics of one layer's units while images go by. Images are added in order, so sums have the same bits whatever
/// the number of threads.
struct LayerAccumulator {
    let layer: String
    let shape: Shape
    let field: ReceptiveField
    let classCount: Int
    /// Strongest images kept for each unit.
    let capacity: Int
    private(set) var images = 0
    private var sum: [Double]
    private var squares: [Double]
    private var minimum: [Float]
    private var maximum: [Float]
    private var positive: [Int64]
    private var active: [Int64]
    /// Sums of spatial maxima, `unit * classCount + class`.
    private var classSum: [Double]
    private var classImages: [Int64]
    private var histogram: HistogramCounts
    /// The strongest images of each unit, strongest first, and how many are filled.
    private var strongestActivation: [Float]
    private var strongestImage: [Int32]
    private var strongestPosition: [Int32]
    private var filled: [Int32]

    /// Statistics of `layer` with maps of `shape`; `classCount` is 0 where images have no labels.
    init(layer: String, shape: Shape, field: ReceptiveField, classCount: Int, capacity: Int) {
        let units = shape[0]
        self.layer = layer
        self.shape = shape
        self.field = field
        self.classCount = classCount
        self.capacity = capacity
        sum = Array(repeating: 0, count: units)
        squares = sum
        minimum = Array(repeating: .infinity, count: units)
        maximum = Array(repeating: -.infinity, count: units)
        positive = Array(repeating: 0, count: units)
        active = positive
        classSum = Array(repeating: 0, count: units * classCount)
        classImages = Array(repeating: 0, count: classCount)
        histogram = HistogramCounts(units: units)
        strongestActivation = Array(repeating: 0, count: units * capacity)
        strongestImage = Array(repeating: 0, count: units * capacity)
        strongestPosition = Array(repeating: 0, count: units * capacity)
        filled = Array(repeating: 0, count: units)
    }

    /// Adds image `index` of a batch's summary, which is number `image` of the listing.
    mutating func add(_ summary: LayerSummary, index: Int, image: Int, label: Int?) {
        images += 1
        let label = label.flatMap { $0 < classCount ? $0 : nil }
        if let label { classImages[label] += 1 }
        for unit in 0..<shape[0] {
            let at = index * summary.units + unit
            let largest = summary.maximum[at]
            sum[unit] += summary.sum[at]
            squares[unit] += summary.squares[at]
            minimum[unit] = min(minimum[unit], summary.minimum[at])
            maximum[unit] = max(maximum[unit], largest)
            positive[unit] += Int64(summary.positive[at])
            if summary.positive[at] > 0 { active[unit] += 1 }
            histogram.add(largest, unit: unit)
            if let label { classSum[unit * classCount + label] += Double(largest) }
            insert(unit, largest, image, summary.position[at])
        }
    }

    private mutating func insert(_ unit: Int, _ activation: Float, _ image: Int, _ position: Int32) {
        let base = unit * capacity
        var place = Int(filled[unit])
        if place == capacity {
            // Later images of equal strength come after: ties go by image.
            guard capacity > 0, activation > strongestActivation[base + capacity - 1] else { return }
            place -= 1
        } else {
            filled[unit] += 1
        }
        while place > 0, strongestActivation[base + place - 1] < activation {
            strongestActivation[base + place] = strongestActivation[base + place - 1]
            strongestImage[base + place] = strongestImage[base + place - 1]
            strongestPosition[base + place] = strongestPosition[base + place - 1]
            place -= 1
        }
        strongestActivation[base + place] = activation
        strongestImage[base + place] = Int32(truncatingIfNeeded: image)
        strongestPosition[base + place] = position
    }

    /// The finished statistics, with at most `exemplars` images a unit; `input` is C x H x W of the network's input.
    func statistics(exemplars: Int, input: Shape) -> LayerStatistics {
        LayerStatistics(
            layer: layer, shape: shape.dimensions, images: images,
            units: (0..<shape[0]).map { unit(at: $0, exemplars: exemplars, input: input) })
    }

    private func unit(at unit: Int, exemplars: Int, input: Shape) -> LayerStatistics.Unit {
        let positions = Double(max(1, images * shape[1] * shape[2]))
        let mean = sum[unit] / positions
        let means = (0..<classCount).map { label in
            classImages[label] > 0 ? Float(classSum[unit * classCount + label] / Double(classImages[label])) : 0
        }
        return LayerStatistics.Unit(
            unit: unit, mean: Float(mean),
            standardDeviation: Float(max(0, squares[unit] / positions - mean * mean).squareRoot()),
            minimum: images > 0 ? minimum[unit] : 0, maximum: images > 0 ? maximum[unit] : 0,
            activePositions: Float(Double(positive[unit]) / positions),
            activeImages: Float(Double(active[unit]) / Double(max(1, images))), histogram: histogram.histogram(of: unit),
            classMeans: means, selectivity: selectivity(means),
            strongest: self.exemplars(of: unit, count: exemplars, input: input))
    }

    /// The first unit that was below zero anywhere; nil when none was.
    var negativeUnit: Int? { images > 0 ? minimum.firstIndex { $0 < 0 } : nil }

    /// The unit's strongest images, strongest first, whole.
    func strongest(of unit: Int) -> [Reference] {
        (0..<Int(filled[unit])).map {
            Reference(image: Int(strongestImage[unit * capacity + $0]), score: strongestActivation[unit * capacity + $0])
        }
    }

    /// At most `count` of the unit's strongest images, strongest first, and where in them it is that strong.
    func exemplars(of unit: Int, count: Int, input: Shape) -> [LayerStatistics.Exemplar] {
        (0..<min(count, Int(filled[unit]))).map { rank in
            let at = unit * capacity + rank
            return exemplar(
                image: Int(strongestImage[at]), activation: strongestActivation[at], position: Int(strongestPosition[at]), input: input)
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
        let present = means.indices.filter { classImages[$0] > 0 }
        guard present.count > 1, let best = present.max(by: { means[$0] < means[$1] }) else { return nil }
        let others = present.filter { $0 != best }.reduce(Float(0)) { $0 + means[$1] } / Float(present.count - 1)
        let total = means[best] + others
        return others >= 0 && total > 0 ? (means[best] - others) / total : nil
    }

    func save(to archive: inout ByteArchive) {
        archive.put(images)
        archive.put(sum)
        archive.put(squares)
        archive.put(minimum)
        archive.put(maximum)
        archive.put(positive)
        archive.put(active)
        archive.put(classSum)
        archive.put(classImages)
        archive.put(histogram.counts)
        archive.put(strongestActivation)
        archive.put(strongestImage)
        archive.put(strongestPosition)
        archive.put(filled)
    }

    mutating func load(from archive: inout ByteArchive) throws {
        images = try archive.takeInteger()
        sum = try archive.take()
        squares = try archive.take()
        minimum = try archive.take()
        maximum = try archive.take()
        positive = try archive.take()
        active = try archive.take()
        classSum = try archive.take()
        classImages = try archive.take()
        if let counts = HistogramCounts(counts: try archive.take(), units: shape[0]) { histogram = counts }
        strongestActivation = try archive.take()
        strongestImage = try archive.take()
        strongestPosition = try archive.take()
        filled = try archive.take()
    }
}
