/// The weights that make each wanted position along one side out of a run of source positions, in fixed point.
///
/// The arithmetic follows Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc` step by step, so that sums of products
/// come out equal to the last bit.
struct ResamplingWeights {
    /// A sum of 8-bit values times weights keeps two bits for overshoot, of 32.
    private static let fractionBits: Int32 = 32 - 8 - 2

    /// For each wanted position: the first source position, the number of weights, and where they begin in `weights`.
    private var runs: [(first: Int, count: Int, start: Int)] = []
    private var weights: [Int32] = []
    /// The source positions used by any wanted one.
    private(set) var sources: Range<Int> = 0..<0

    /// The number of wanted positions.
    var count: Int { runs.count }

    /// The weights for the positions `wanted` of `newCount`, made out of `count` source positions.
    init(from count: Int, to newCount: Int, of wanted: Range<Int>, filter: Resampling) {
        let scale = Double(count) / Double(newCount)
        let filterScale = max(scale, 1)
        let support = filter.reach * filterScale
        let inverse = 1 / filterScale
        runs.reserveCapacity(wanted.count)
        weights.reserveCapacity(wanted.count * (Int(support.rounded(.up)) * 2 + 1))
        var exact: [Double] = []
        for position in wanted {
            let centre = (Double(position) + 0.5) * scale
            let first = max(Int(centre - support + 0.5), 0)
            let end = min(Int(centre + support + 0.5), count)
            exact.removeAll(keepingCapacity: true)
            var sum = 0.0
            for source in 0..<(end - first) {
                let weight = filter.weight(at: (Double(source + first) - centre + 0.5) * inverse)
                exact.append(weight)
                sum += weight
            }
            runs.append((first, exact.count, weights.count))
            for weight in exact {
                let scaled = (sum != 0 ? weight / sum : weight) * Double(1 << Self.fractionBits)
                weights.append(Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5))
            }
        }
        if let head = runs.first, let tail = runs.last {
            sources = head.first..<(tail.first + tail.count)
        }
    }

    private static func rounded(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: min(max(sum >> fractionBits, 0), 255))
    }

    /// Writes one RGB pixel for each wanted position from the row of RGB pixels at `row`, the first of which is source
    /// position `firstPixel`.
    func blendPixels(of row: UnsafePointer<UInt8>, firstPixel: Int, into out: UnsafeMutablePointer<UInt8>) {
        weights.withUnsafeBufferPointer { weights in
            runs.withUnsafeBufferPointer { runs in
                guard let weights = weights.baseAddress else { return }
                var out = out
                for run in runs {
                    var source = row + 3 * (run.first - firstPixel)
                    var red: Int32 = 1 << (Self.fractionBits - 1)
                    var green = red
                    var blue = red
                    for index in run.start..<(run.start + run.count) {
                        let weight = weights[index]
                        red &+= Int32(source[0]) &* weight
                        green &+= Int32(source[1]) &* weight
                        blue &+= Int32(source[2]) &* weight
                        source += 3
                    }
                    out[0] = Self.rounded(red)
                    out[1] = Self.rounded(green)
                    out[2] = Self.rounded(blue)
                    out += 3
                }
            }
        }
    }

    /// Writes one row of `byteCount` bytes for each wanted position from the rows at `source`, `stride` bytes apart, the first
    /// of which is source position `firstRow`.
    func blendRows(
        of source: UnsafePointer<UInt8>, stride: Int, firstRow: Int, byteCount: Int, into out: UnsafeMutablePointer<UInt8>
    ) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: byteCount) { sums in
            guard let sum = sums.baseAddress else { return }
            weights.withUnsafeBufferPointer { weights in
                for (index, run) in runs.enumerated() {
                    sum.initialize(repeating: 1 << (Self.fractionBits - 1), count: byteCount)
                    for tap in 0..<run.count {
                        let weight = weights[run.start + tap]
                        let row = source + stride * (run.first + tap - firstRow)
                        for x in 0..<byteCount {
                            sum[x] &+= Int32(row[x]) &* weight
                        }
                    }
                    let target = out + byteCount * index
                    for x in 0..<byteCount {
                        target[x] = Self.rounded(sum[x])
                    }
                }
            }
        }
    }
}
