/// Loops over blocked buffers: short, bound by memory, and the same for every shape.
public enum Elementwise {
    /// Sets `target` to the sum of `sources`; `count` values, a multiple of 16.
    public static func sum(_ sources: [UnsafeMutablePointer<Float>], into target: UnsafeMutablePointer<Float>, count: Int) {
        let out = target.lanes
        switch sources.count {
        case 1:
            if sources[0] != target { target.update(from: sources[0], count: count) }
        case 2:
            let (a, b) = (sources[0].lanes, sources[1].lanes)
            for i in 0..<count / 16 { out[i] = a[i] + b[i] }
        default:
            let lanes = sources.map(\.lanes)
            for i in 0..<count / 16 {
                var total = lanes[0][i]
                for lane in lanes.dropFirst() { total += lane[i] }
                out[i] = total
            }
        }
    }

    /// Sets `target` to `activation` of the sum of `sources`.
    public static func sum(
        _ sources: [UnsafeMutablePointer<Float>], into target: UnsafeMutablePointer<Float>, count: Int,
        activation: Activation?
    ) {
        sum(sources, into: target, count: count)
        if let activation { apply(activation, to: target, count: count) }
    }

    /// Applies `activation` in place. NaN stays NaN, so that a broken network shows.
    public static func apply(_ activation: Activation, to values: UnsafeMutablePointer<Float>, count: Int) {
        let lanes = values.lanes
        let zero = Lane(repeating: 0)
        switch activation {
        case .relu:
            for i in 0..<count / 16 { lanes[i].replace(with: zero, where: lanes[i] .< zero) }
        case .clipped(let upper):
            let bound = Lane(repeating: upper)
            for i in 0..<count / 16 {
                var x = lanes[i]
                x.replace(with: zero, where: x .< zero)
                x.replace(with: bound, where: x .> bound)
                lanes[i] = x
            }
        }
    }

    /// Sets `target` to the sum of `gradients` where `activation` has slope, seen from its results, and to zero elsewhere.
    public static func sumThroughActivation(
        _ gradients: [UnsafeMutablePointer<Float>], results: UnsafeMutablePointer<Float>, _ activation: Activation,
        into target: UnsafeMutablePointer<Float>, count: Int
    ) {
        let (out, y, zero) = (target.lanes, results.lanes, Lane(repeating: 0))
        let upper =
            switch activation {
            case .relu: Lane(repeating: .infinity)
            case .clipped(let upper): Lane(repeating: upper)
            }
        if gradients.count == 1 {
            let a = gradients[0].lanes
            for i in 0..<count / 16 { out[i] = zero.replacing(with: a[i], where: (y[i] .> zero) .& (y[i] .< upper)) }
        } else if gradients.count == 2 {
            let (a, b) = (gradients[0].lanes, gradients[1].lanes)
            for i in 0..<count / 16 {
                out[i] = zero.replacing(with: a[i] + b[i], where: (y[i] .> zero) .& (y[i] .< upper))
            }
        } else {
            sum(gradients, into: target, count: count)
            for i in 0..<count / 16 { out[i] = zero.replacing(with: out[i], where: (y[i] .> zero) .& (y[i] .< upper)) }
        }
    }

    /// Sets `target` to `scale * source + shift` with one scale and shift a channel (padded to whole blocks).
    public static func affine(
        _ source: UnsafeMutablePointer<Float>, scale: UnsafeMutablePointer<Float>, shift: UnsafeMutablePointer<Float>?,
        into target: UnsafeMutablePointer<Float>, batch: Int, blocks: Int, area: Int
    ) {
        let (x, out, scales, shifts) = (source.lanes, target.lanes, scale.lanes, shift?.lanes)
        for map in 0..<batch * blocks {
            let (a, b) = (scales[map % blocks], shifts?[map % blocks] ?? Lane(repeating: 0))
            for i in map * area..<(map + 1) * area { out[i] = x[i] * a + b }
        }
    }
}
