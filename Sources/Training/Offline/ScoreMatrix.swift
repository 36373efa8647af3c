public import Diagnostics
import Tensors

/// Which sub-classes the teacher itself confuses (letKD): `S[a,b]` is the share of the rows of sub-class `a` whose nearest prototype
/// over all classes is `b`. Rows add up to 1.
public struct ScoreMatrix: Sendable, Equatable {
    /// Sub-classes of all classes.
    public let count: Int
    /// Count x count.
    public let values: [Float]

    /// Counts in one pass over `source`.
    ///
    /// - Throws: `Problem` that names a class one of whose sub-classes has no rows; what `source` throws.
    public init(
        _ source: some FeatureSource, _ discriminants: DiscriminantAnalysis, _ subClasses: SubClasses, threads: Int = 1,
        progress: any ProgressReport = SilentProgress()
    ) throws {
        progress.begin("Score matrix", total: 1, done: 0)
        defer { progress.end() }
        let count = subClasses.count, components = discriminants.components, size = subClasses.perClass * components
        let all = try NearestCentres(subClasses.centres, dimension: components)
        let own = try (0..<subClasses.classes).map {
            try NearestCentres(Array(subClasses.centres[$0 * size..<($0 + 1) * size]), dimension: components)
        }
        var counts = [Int](repeating: 0, count: count * count), nearest: [Int32] = []
        let projection = try Projection(discriminants, of: source, threads: threads)
        let assignment = projection.assignment
        try projection.forEachChunk { _, chunk in
            try assignment.find(all, 0..<chunk.rows)
            nearest.removeAll(keepingCapacity: true)
            nearest.append(contentsOf: UnsafeBufferPointer(start: assignment.numbers, count: chunk.rows))
            for (label, range) in chunk.runs {
                try assignment.find(own[label], range)
                for row in range {
                    counts[(label * subClasses.perClass + Int(assignment.numbers[row])) * count + Int(nearest[row])] += 1
                }
            }
        }
        var values = [Float](repeating: 0, count: count * count)
        for subClass in 0..<count {
            let row = subClass * count..<(subClass + 1) * count, sum = counts[row].reduce(0, +)
            guard sum > 0 else {
                throw Problem(
                    "Sub-class \(subClass % subClasses.perClass) of class '\(source.classNames[subClasses.class(of: subClass)])' has no positions",
                    explanation: "The class's feature vectors form fewer than \(subClasses.perClass) clusters.",
                    remedy: "Ask for fewer sub-classes, or add images of the class.", kind: .usage)
            }
            for place in row { values[place] = Float(Double(counts[place]) / Double(sum)) }
        }
        self.init(count: count, values: values)
    }

    init(count: Int, values: [Float]) {
        precondition(values.count == count * count)
        self.count = count
        self.values = values
    }

    /// By sub-class, the share of its rows that are nearest to itself.
    public var diagonal: [Float] { (0..<count).map { values[$0 * count + $0] } }

    /// By sub-class, the share of its rows that are nearest to a sub-class of its own class, of which each has `perClass`.
    public func shareInClass(perClass: Int) -> [Float] {
        (0..<count).map { row in
            let first = row / perClass * perClass
            return (first..<first + perClass).reduce(0) { $0 + values[row * count + $1] }
        }
    }
}
