/// Moves values from place to place, axis by axis: an output value with index (i, j, …) comes from the input value at
/// `from[0][i] + from[1][j] + …`. Transposing, slicing, padding, repeating and every change between layouts have this form.
public struct GatherKernel: Sendable {
    /// One axis of the output: where each index reads and writes, in values. A negative `from` reads nothing.
    public struct Axis: Sendable {
        public var from: [Int]
        public var to: [Int]

        public init(from: [Int], to: [Int]) {
            self.from = from
            self.to = to
        }

        /// The distance between neighbours if it is the same everywhere.
        fileprivate static func distance(_ places: [Int]) -> Int? {
            guard places.first == 0 else { return nil }
            guard places.count > 1 else { return 0 }
            for i in places.indices where places[i] != i * places[1] { return nil }
            return places[1]
        }
    }

    private let axes: [Axis]
    /// True when neighbours of the innermost axis are neighbours on both sides.
    private let isContiguous: Bool

    /// For `axes` outermost first.
    public init(_ axes: [Axis]) {
        var merged: [Axis] = []
        for axis in axes where axis.to.count != 1 || axis.from != [0] || axis.to != [0] {
            // Two axes that lie behind one another on both sides are one.
            if let outer = merged.last, let from = Axis.distance(outer.from), let to = Axis.distance(outer.to),
                let near = Axis.distance(axis.from), let nearTo = Axis.distance(axis.to), from == near * axis.from.count,
                to == nearTo * axis.to.count
            {
                let count = outer.from.count * axis.from.count
                merged[merged.count - 1] = Axis(from: (0..<count).map { $0 * near }, to: (0..<count).map { $0 * nearTo })
            } else {
                merged.append(axis)
            }
        }
        if merged.isEmpty { merged = [Axis(from: [0], to: [0])] }
        self.axes = merged
        let last = merged[merged.count - 1]
        isContiguous = Axis.distance(last.from) == 1 && Axis.distance(last.to) == 1
    }

    /// Calls `body` for every run along the innermost axis that reads anything: with its beginning in input and output, and with the
    /// places in the run, counted from there.
    @inline(__always)
    private func forEachRun(
        _ body: (_ from: Int, _ to: Int, _ sources: UnsafeBufferPointer<Int>, _ targets: UnsafeBufferPointer<Int>) -> Void
    ) {
        axes[axes.count - 1].from.withUnsafeBufferPointer { sources in
            axes[axes.count - 1].to.withUnsafeBufferPointer { targets in
                func descend(_ depth: Int, _ from: Int, _ to: Int) {
                    if depth == axes.count - 1 { return body(from, to, sources, targets) }
                    let axis = axes[depth]
                    for i in axis.from.indices where axis.from[i] >= 0 { descend(depth + 1, from + axis.from[i], to + axis.to[i]) }
                }
                descend(0, 0, 0)
            }
        }
    }

    /// Copies values to their places. Places that read nothing are left alone.
    public func move(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
        forEachRun { begin, place, from, to in
            if isContiguous {
                (target + place).update(from: source + begin, count: from.count)
            } else {
                for i in from.indices where from[i] >= 0 { target[place + to[i]] = source[begin + from[i]] }
            }
        }
    }

    /// The pullback: adds every value at a place of the output to where it came from. The caller clears `target` first.
    public func addBack(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
        forEachRun { begin, place, from, to in
            if isContiguous {
                let (out, x) = (target + begin, source + place)
                for i in from.indices { out[i] += x[i] }
            } else {
                for i in from.indices where from[i] >= 0 { target[begin + from[i]] += source[place + to[i]] }
            }
        }
    }
}

extension Layout {
    /// For every axis of `shape`, where its indices lie in a buffer of this layout.
    public func places(_ shape: Shape) -> [[Int]] {
        if self == .blocked, let map = shape.map {
            let (height, width) = (map[1], map[2])
            let all = [
                (0..<map[0]).map { $0 / 16 * height * width * 16 + $0 % 16 }, (0..<height).map { $0 * width * 16 },
                (0..<width).map { $0 * 16 },
            ]
            return Array(all.prefix(shape.rank))
        }
        var distance = 1
        var result: [[Int]] = []
        for extent in shape.dimensions.reversed() {
            let step = distance
            result.append((0..<extent).map { $0 * step })
            distance *= extent
        }
        return result.reversed()
    }
}
