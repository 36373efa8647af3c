import Tensors

typealias Values = UnsafeMutablePointer<Float>

/// What keeps a denominator from zero.
public enum Stabilizer: Sendable, Hashable {
    /// `z + epsilon`, for sums that are not negative.
    case added(Float)
    /// `z + epsilon * sign(z)`, with the sign of 0 taken as 1.
    case signed(Float)
}

/// Loops over values in whole lanes of sixteen; buffers have room for the last one.
enum RelevanceLoops {
    typealias Lane = SIMD16<Float>
    private static let leastLanes = 2048

    static func lanes(_ values: Values) -> UnsafeMutablePointer<Lane> {
        UnsafeMutableRawPointer(values).assumingMemoryBound(to: Lane.self)
    }

    private static func forLanes(_ count: Int, _ body: (Range<Int>) -> Void) {
        Parallel.ranges((count + 15) / 16, minimum: leastLanes, body)
    }

    /// `values = share * relevance / stabilized(values)`; with `gate`, zero where that has another sign than `sign`.
    static func divide(
        _ relevance: Values, by values: Values, _ stabilizer: Stabilizer, share: Float = 1, gate: Values? = nil, sign: Float = 1, count: Int
    ) {
        let (r, z, zero) = (lanes(relevance), lanes(values), Lane(repeating: 0))
        let gate = gate.map(lanes)
        forLanes(count) { range in
            switch stabilizer {
            case .added(let epsilon): for i in range { z[i] = share * r[i] / (z[i] + epsilon) }
            case .signed(let epsilon):
                let (plus, minus) = (Lane(repeating: epsilon), Lane(repeating: -epsilon))
                for i in range { z[i] = share * r[i] / (z[i] + plus.replacing(with: minus, where: z[i] .< zero)) }
            }
            if let gate { for i in range { z[i].replace(with: zero, where: gate[i] * sign .<= zero) } }
        }
    }

    /// `target = factor * x * y`, or is increased by it.
    static func multiply(_ x: Values, _ y: Values, factor: Float, into target: Values, adding: Bool, count: Int) {
        let (x, y, out) = (lanes(x), lanes(y), lanes(target))
        forLanes(count) { range in
            if adding {
                for i in range { out[i] += factor * x[i] * y[i] }
            } else {
                for i in range { out[i] = factor * x[i] * y[i] }
            }
        }
    }

    /// `target = x * target`, and zero where `target` is, even where `x` is infinite.
    static func multiplyWhereNotZero(_ x: Values, _ target: Values, count: Int) {
        let (x, out, zero) = (lanes(x), lanes(target), Lane(repeating: 0))
        forLanes(count) { range in
            for i in range { out[i] = (x[i] * out[i]).replacing(with: zero, where: out[i] .== zero) }
        }
    }

    /// `target += factor * x`.
    static func add(_ x: Values, factor: Float, to target: Values, count: Int) {
        let (x, out) = (lanes(x), lanes(target))
        forLanes(count) { for i in $0 { out[i] += factor * x[i] } }
    }

    /// Writes a part of `x`.
    static func write(_ part: TermRule.InputPart, of x: Values, into target: Values, count: Int) {
        let (x, out, zero) = (lanes(x), lanes(target), Lane(repeating: 0))
        forLanes(count) { range in
            switch part {
            case .all, .lowest, .highest: for i in range { out[i] = x[i] }
            case .positive: for i in range { out[i] = zero.replacing(with: x[i], where: x[i] .> zero) }
            case .negative: for i in range { out[i] = zero.replacing(with: x[i], where: x[i] .< zero) }
            case .magnitude: for i in range { out[i] = x[i].replacing(with: -x[i], where: x[i] .< zero) }
            case .ones: for i in range { out[i] = Lane(repeating: 1) }
            }
        }
    }

    /// `target = relevance * |x| / sum of all |inputs|`: equal shares where all are zero.
    static func splitByMagnitude(_ relevance: Values, _ own: Int, of inputs: [Values], into target: Values, count: Int) {
        let (r, out, zero) = (lanes(relevance), lanes(target), Lane(repeating: 0))
        let inputs = inputs.map(lanes)
        let equal = Lane(repeating: 1 / Float(inputs.count))
        func magnitude(_ x: Lane) -> Lane { x.replacing(with: -x, where: x .< zero) }
        forLanes(count) { range in
            if inputs.count == 2 {
                let (a, b) = (inputs[own], inputs[1 - own])
                for i in range {
                    let (mine, other) = (magnitude(a[i]), magnitude(b[i]))
                    let total = mine + other
                    out[i] = r[i] * (mine / total).replacing(with: equal, where: total .== zero)
                }
            } else {
                for i in range {
                    let total = inputs.reduce(zero) { $0 + magnitude($1[i]) }
                    out[i] = r[i] * (magnitude(inputs[own][i]) / total).replacing(with: equal, where: total .== zero)
                }
            }
        }
    }

    /// `target = relevance * x / stabilized(sum of inputs)`.
    static func splitBySign(
        _ relevance: Values, _ own: Int, of inputs: [Values], factors: [Float], epsilon: Float, into target: Values, count: Int
    ) {
        let (r, out, zero) = (lanes(relevance), lanes(target), Lane(repeating: 0))
        let inputs = inputs.map(lanes)
        let (plus, minus) = (Lane(repeating: epsilon), Lane(repeating: -epsilon))
        forLanes(count) { range in
            for i in range {
                let total = zip(inputs, factors).reduce(zero) { $0 + $1.0[i] * $1.1 }
                out[i] = r[i] * factors[own] * inputs[own][i] / (total + plus.replacing(with: minus, where: total .< zero))
            }
        }
    }

    /// `target = relevance` where it and `result` are positive (and `result` is below `upper`), zero elsewhere.
    static func rectify(_ relevance: Values, where result: Values, below upper: Float, into target: Values, count: Int) {
        let (r, y, out, zero) = (lanes(relevance), lanes(result), lanes(target), Lane(repeating: 0))
        forLanes(count) { range in
            for i in range {
                out[i] = zero.replacing(with: r[i], where: (r[i] .> zero) .& (y[i] .> zero) .& (y[i] .< Lane(repeating: upper)))
            }
        }
    }
}
