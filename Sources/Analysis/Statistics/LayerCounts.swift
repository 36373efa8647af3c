import Diagnostics

/// What can be told exactly of a layer's units over images: counts, extremes and the strongest images. Parts that were counted apart make
/// the same whole, put together in the order of their images.
struct LayerCounts {
    /// Strongest images kept for each unit.
    let capacity: Int
    private(set) var images = 0
    private(set) var minimum: [Float]
    private(set) var maximum: [Float]
    /// Positions above zero, and images that have any.
    private(set) var positive: [Int64]
    private(set) var active: [Int64]
    private(set) var classImages: [Int64]
    private(set) var histogram: HistogramCounts
    /// The strongest images of each unit, strongest first, and how many are filled.
    private var strongestActivation: [Float]
    private var strongestImage: [Int32]
    private var strongestPosition: [Int32]
    private var filled: [Int32]

    struct Strong {
        var image: Int
        var activation: Float
        var position: Int
    }

    init(units: Int, classCount: Int, capacity: Int) {
        self.capacity = capacity
        minimum = Array(repeating: .infinity, count: units)
        maximum = Array(repeating: -.infinity, count: units)
        positive = Array(repeating: 0, count: units)
        active = positive
        classImages = Array(repeating: 0, count: classCount)
        histogram = HistogramCounts(units: units)
        strongestActivation = Array(repeating: 0, count: units * capacity)
        strongestImage = Array(repeating: 0, count: units * capacity)
        strongestPosition = Array(repeating: 0, count: units * capacity)
        filled = Array(repeating: 0, count: units)
    }

    var units: Int { minimum.count }

    /// Adds image `index` of a batch's summary, which is number `image` of the listing.
    mutating func add(_ summary: LayerSummary, index: Int, image: Int, label: Int?) {
        images += 1
        if let label { classImages[label] += 1 }
        for unit in 0..<units {
            let at = index * summary.units + unit
            let largest = summary.maximum[at]
            minimum[unit] = min(minimum[unit], summary.minimum[at])
            maximum[unit] = max(maximum[unit], largest)
            positive[unit] += Int64(summary.positive[at])
            if summary.positive[at] > 0 { active[unit] += 1 }
            histogram.add(largest, unit: unit)
            insert(unit, largest, Int32(truncatingIfNeeded: image), summary.position[at])
        }
    }

    private mutating func insert(_ unit: Int, _ activation: Float, _ image: Int32, _ position: Int32) {
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
        strongestImage[base + place] = image
        strongestPosition[base + place] = position
    }

    /// The unit's strongest images, strongest first.
    func strongest(of unit: Int) -> [Strong] {
        (unit * capacity..<unit * capacity + Int(filled[unit])).map {
            Strong(image: Int(strongestImage[$0]), activation: strongestActivation[$0], position: Int(strongestPosition[$0]))
        }
    }

    /// Adds what was counted of later images, which `isLike` this.
    mutating func append(_ next: LayerCounts) {
        images &+= next.images
        for label in classImages.indices { classImages[label] &+= next.classImages[label] }
        for unit in 0..<units {
            minimum[unit] = min(minimum[unit], next.minimum[unit])
            maximum[unit] = max(maximum[unit], next.maximum[unit])
            positive[unit] &+= next.positive[unit]
            active[unit] &+= next.active[unit]
            for place in unit * capacity..<unit * capacity + Int(next.filled[unit]) {
                insert(unit, next.strongestActivation[place], next.strongestImage[place], next.strongestPosition[place])
            }
        }
        histogram.append(next.histogram)
    }

    /// True for counts of as many units and classes.
    func isLike(_ other: LayerCounts) -> Bool {
        units == other.units && classImages.count == other.classImages.count && capacity == other.capacity
    }

    // MARK: State

    func save(to archive: inout ByteArchive) {
        archive.put(capacity)
        archive.put(images)
        archive.put(minimum)
        archive.put(maximum)
        archive.put(positive)
        archive.put(active)
        archive.put(classImages)
        archive.put(histogram.counts)
        archive.put(strongestActivation)
        archive.put(strongestImage)
        archive.put(strongestPosition)
        archive.put(filled)
    }

    /// Throws a `Problem` when what is there does not go together.
    init(from archive: inout ByteArchive) throws {
        capacity = try archive.takeInteger()
        images = try archive.takeInteger()
        minimum = try archive.take()
        maximum = try archive.take()
        positive = try archive.take()
        active = try archive.take()
        classImages = try archive.take()
        let units = minimum.count
        guard let histogram = HistogramCounts(counts: try archive.take(), units: units) else { throw ByteArchive.damaged }
        self.histogram = histogram
        strongestActivation = try archive.take()
        strongestImage = try archive.take()
        strongestPosition = try archive.take()
        filled = try archive.take()
        let kept = strongestActivation.count
        guard (0...Int(Int32.max)).contains(capacity), [maximum.count, positive.count, active.count, filled.count].allSatisfy({ $0 == units }),
            [kept, strongestImage.count, strongestPosition.count].allSatisfy({ $0 == units * capacity }),
            filled.allSatisfy({ (0...capacity).contains(Int($0)) })
        else { throw ByteArchive.damaged }
    }
}
