public import Tensors

/// The distance between a feature map's distribution and a mean quantile function, channel by channel
/// (VITAL, section 3.1: sort matching).
///
/// `L = mean over channels and positions of (z_i - m[rank(z_i)])^2`, where `rank` is the position of `z_i` among the sorted
/// values of its channel, ties by index. Ranks are constants: the gradient is `2 (z_i - m[rank(z_i)]) / (C * D)`.
public final class SortMatching {
    private let shape: Shape
    private let sorter: MapSorter
    /// Of each channel, the sum of squared differences.
    private var sums: [Float]

    /// A loss for maps of `shape` (C x H x W). Keeps its memory between calls; not to be shared.
    public init(shape: Shape) {
        self.shape = shape
        sorter = MapSorter(shape: shape)
        sums = Array(repeating: 0, count: shape[0])
    }

    /// Returns the loss of `map` (blocked) against `quantiles` (C x D) and writes `weight` times its gradient into `gradient`
    /// (blocked), if asked. With `importance` every channel's part is multiplied with its own number.
    public func loss(
        _ map: UnsafePointer<Float>, quantiles: UnsafePointer<Float>, importance: UnsafePointer<Float>? = nil, weight: Float = 1,
        gradient: UnsafeMutablePointer<Float>?
    ) -> Float {
        let area = shape[1] * shape[2]
        let scale = 2 * weight / Float(shape.count)
        sums.withUnsafeMutableBufferPointer { sums in
            sorter.forEachChannel(of: map, result: gradient) { channel, sorted, row in
                let (values, positions, target) = (sorted.values, sorted.positions, quantiles + channel * area)
                var total: Float = 0
                let share = importance?[channel] ?? 1
                let slope = scale * share
                for rank in 0..<area {
                    let difference = values[rank] - target[rank]
                    total += difference * difference
                    row[Int(positions[rank])] = slope * difference
                }
                sums[channel] = share * total
            }
        }
        return Float(sums.reduce(0.0) { $0 + Double($1) } / Double(shape.count))
    }

    /// Adds `map` (blocked) as a reference.
    func add(_ map: UnsafePointer<Float>, to quantiles: inout QuantileFunction) {
        quantiles.add(map, sorter: sorter)
    }
}
