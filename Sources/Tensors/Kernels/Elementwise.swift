/// Loops over blocked buffers: short, bound by memory, and the same for every shape.
public enum Elementwise {
    /// A thread gets no fewer lanes than this: below, waking it takes longer than the loop.
    private static let leastLanes = 2048
    /// Lanes that are worked on together, so that a second pass over them finds them in the cache.
    private static let tile = 256

    /// Sets `target` to the sum of `sources`; `count` values, a multiple of 16.
    public static func sum(
        _ sources: [UnsafeMutablePointer<Float>], into target: UnsafeMutablePointer<Float>, count: Int, activation: Activation? = nil
    ) {
        let (out, sources) = (target.lanes, sources.map(\.lanes))
        if sources.count == 1, sources[0] == out, activation == nil { return }
        Parallel.ranges(count / 16, minimum: leastLanes) { range in
            for begin in stride(from: range.lowerBound, to: range.upperBound, by: tile) {
                let part = begin..<min(begin + tile, range.upperBound)
                sum(sources, into: out, part)
                if let activation { apply(activation, to: out, part) }
            }
        }
    }

    private static func sum(_ sources: [UnsafeMutablePointer<Lane>], into out: UnsafeMutablePointer<Lane>, _ range: Range<Int>) {
        if sources.count == 1 {
            if sources[0] != out { (out + range.lowerBound).update(from: sources[0] + range.lowerBound, count: range.count) }
            return
        }
        let (a, b) = (sources[0], sources[1])
        for i in range { out[i] = a[i] + b[i] }
        for c in sources.dropFirst(2) { for i in range { out[i] += c[i] } }
    }

    /// Applies `activation` in place. NaN stays NaN, so that a broken network shows.
    public static func apply(_ activation: Activation, to values: UnsafeMutablePointer<Float>, count: Int) {
        let lanes = values.lanes
        Parallel.ranges(count / 16, minimum: leastLanes) { apply(activation, to: lanes, $0) }
    }

    private static func apply(_ activation: Activation, to lanes: UnsafeMutablePointer<Lane>, _ range: Range<Int>) {
        let zero = Lane(repeating: 0)
        switch activation {
        case .relu:
            for i in range { lanes[i].replace(with: zero, where: lanes[i] .< zero) }
        case .clipped(let upper):
            let bound = Lane(repeating: upper)
            for i in range {
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
        let (out, y, zero, sources) = (target.lanes, results.lanes, Lane(repeating: 0), gradients.map(\.lanes))
        let upper = Lane(repeating: activation.upperBound)
        Parallel.ranges(count / 16, minimum: leastLanes) { range in
            if sources.count == 1 {
                let a = sources[0]
                for i in range { out[i] = zero.replacing(with: a[i], where: (y[i] .> zero) .& (y[i] .< upper)) }
            } else if sources.count == 2 {
                let (a, b) = (sources[0], sources[1])
                for i in range { out[i] = zero.replacing(with: a[i] + b[i], where: (y[i] .> zero) .& (y[i] .< upper)) }
            } else {
                for begin in stride(from: range.lowerBound, to: range.upperBound, by: tile) {
                    let part = begin..<min(begin + tile, range.upperBound)
                    sum(sources, into: out, part)
                    for i in part { out[i] = zero.replacing(with: out[i], where: (y[i] .> zero) .& (y[i] .< upper)) }
                }
            }
        }
    }

    /// Sets `target` to `scale * source + shift` with one scale and shift a channel (padded to whole blocks).
    public static func affine(
        _ source: UnsafeMutablePointer<Float>, scale: UnsafeMutablePointer<Float>, shift: UnsafeMutablePointer<Float>?,
        into target: UnsafeMutablePointer<Float>, batch: Int, blocks: Int, area: Int
    ) {
        let (x, out, scales, shifts) = (source.lanes, target.lanes, scale.lanes, shift?.lanes)
        Parallel.ranges(batch * blocks, minimum: 1 + leastLanes / max(1, area)) { maps in
            for map in maps {
                let (a, b) = (scales[map % blocks], shifts?[map % blocks] ?? Lane(repeating: 0))
                for i in map * area..<(map + 1) * area { out[i] = x[i] * a + b }
            }
        }
    }

    /// The same on row-major values, `outer x channels x inner`.
    public static func affine(
        _ source: UnsafeMutablePointer<Float>, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>?,
        into target: UnsafeMutablePointer<Float>, outer: Int, channels: Int, inner: Int
    ) {
        for index in 0..<outer {
            if inner == 1 {
                let (from, to) = (source + index * channels, target + index * channels)
                if let shift {
                    for channel in 0..<channels { to[channel] = from[channel] * scale[channel] + shift[channel] }
                } else {
                    for channel in 0..<channels { to[channel] = from[channel] * scale[channel] }
                }
            } else {
                for channel in 0..<channels {
                    let begin = (index * channels + channel) * inner
                    let (a, b) = (scale[channel], shift?[channel] ?? 0)
                    for place in begin..<begin + inner { target[place] = source[place] * a + b }
                }
            }
        }
    }
}
