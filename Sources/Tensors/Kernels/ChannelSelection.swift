/// What a sparse code keeps of the values along one axis: the largest of every position, or those above a threshold each. What is not kept,
/// and what is not above zero, becomes zero. Row-major values: `outer x channels x inner`.
public struct ChannelSelection: Sendable {
    private let outer: Int
    private let channels: Int
    private let inner: Int
    /// Positions are dealt out in so many parts, each with scratch of its own, whatever the number of threads.
    private static let parts = 16
    /// A part gets no fewer values than this.
    private static let leastValues = 8192

    public init(outer: Int, channels: Int, inner: Int) {
        self.outer = outer
        self.channels = channels
        self.inner = inner
    }

    /// For `keepLargest`.
    public var scratchBytes: Int { Self.parts * channels * MemoryLayout<Float>.size }

    /// Keeps the `count` largest values of every position, as far as they are above zero; of equal ones the first.
    public func keepLargest(
        _ count: Int, of source: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        let positions = outer * inner
        let parts = max(1, min(Self.parts, positions * channels / Self.leastValues))
        Parallel.forEach(parts) { _, part in
            let own = scratch + part * channels
            for position in positions * part / parts..<positions * (part + 1) / parts {
                let first = position / inner * channels * inner + position % inner
                keepLargest(count, of: source + first, into: target + first, own)
            }
        }
    }

    private func keepLargest(
        _ count: Int, of x: UnsafeMutablePointer<Float>, into y: UnsafeMutablePointer<Float>, _ own: UnsafeMutablePointer<Float>
    ) {
        var positive = 0
        for channel in 0..<channels where x[channel * inner] > 0 {
            own[positive] = x[channel * inner]
            positive += 1
        }
        guard positive > count else {
            for channel in 0..<channels { y[channel * inner] = x[channel * inner] > 0 ? x[channel * inner] : 0 }
            return
        }
        let least = Self.select(count, of: own, positive)
        var equal = count
        for place in 0..<positive where own[place] > least { equal -= 1 }
        for channel in 0..<channels {
            let value = x[channel * inner]
            let isKept = value > least || value == least && equal > 0
            if isKept, value == least { equal -= 1 }
            y[channel * inner] = isKept ? value : 0
        }
    }

    /// The `rank`th largest of `count` values, counted from 1, which are put in another order (Hoare 1961).
    private static func select(_ rank: Int, of values: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
        var low = 0, high = count - 1
        let wanted = rank - 1
        while low < high {
            let (a, b, c) = (values[low], values[(low + high) / 2], values[high])
            let pivot = max(min(a, b), min(max(a, b), c))
            var left = low, right = high
            while left <= right {
                while values[left] > pivot { left += 1 }
                while values[right] < pivot { right -= 1 }
                if left <= right {
                    (values[left], values[right]) = (values[right], values[left])
                    left += 1
                    right -= 1
                }
            }
            if wanted <= right {
                high = right
            } else if wanted >= left {
                low = left
            } else {
                return pivot
            }
        }
        return values[wanted]
    }

    /// Keeps what is above its channel's threshold, and above zero.
    public func keep(
        above thresholds: UnsafePointer<Float>, _ source: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>
    ) {
        Parallel.ranges(outer * channels, minimum: max(1, Self.leastValues / max(1, inner))) { rows in
            for row in rows {
                let threshold = max(0, thresholds[row % channels])
                let (x, y) = (source + row * inner, target + row * inner)
                for place in 0..<inner { y[place] = x[place] > threshold ? x[place] : 0 }
            }
        }
    }
}
