/// Sums and maxima of row-major values over some axes, prepared for one shape.
public struct ReductionKernel: Sendable {
    private let strides: Strides
    public let inputCount: Int
    public let outputCount: Int

    /// `output` has the rank of `input`, with 1 where values are reduced.
    public init(input: [Int], output: [Int]) {
        strides = Strides(
            extents: input,
            distances: [Strides.broadcasting(input, to: input), Strides.broadcasting(output, to: input)])
        inputCount = input.reduce(1, *)
        outputCount = output.reduce(1, *)
    }

    /// `scale` times the sums.
    public func sum(_ source: UnsafePointer<Float>, scale: Float, into target: UnsafeMutablePointer<Float>) {
        target.update(repeating: 0, count: outputCount)
        let (count, near) = (strides.runLength, strides.runDistances)
        strides.forEachRun { from, to, _ in
            if near[1] == 0 {
                var total: Float = 0
                for i in 0..<count { total += source[from + i * near[0]] }
                target[to] += total
            } else {
                for i in 0..<count { target[to + i * near[1]] += source[from + i * near[0]] }
            }
        }
        if scale != 1 { for i in 0..<outputCount { target[i] *= scale } }
    }

    /// The pullback of `sum`: every value gets `scale` times its sum's.
    public func spread(_ source: UnsafePointer<Float>, scale: Float, into target: UnsafeMutablePointer<Float>) {
        let (count, near) = (strides.runLength, strides.runDistances)
        strides.forEachRun { to, from, _ in
            for i in 0..<count { target[to + i * near[0]] = scale * source[from + i * near[1]] }
        }
    }

    /// The maxima and where they are, the first of equals.
    public func maximum(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, places: UnsafeMutablePointer<Int32>) {
        target.update(repeating: -.infinity, count: outputCount)
        places.update(repeating: 0, count: outputCount)
        let (count, near) = (strides.runLength, strides.runDistances)
        strides.forEachRun { from, to, _ in
            for i in 0..<count where source[from + i * near[0]] > target[to + i * near[1]] {
                target[to + i * near[1]] = source[from + i * near[0]]
                places[to + i * near[1]] = Int32(truncatingIfNeeded: from + i * near[0])
            }
        }
    }
}
