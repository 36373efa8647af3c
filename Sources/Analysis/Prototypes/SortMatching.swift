public import Tensors

/// The distance between a feature map's distribution and a mean quantile function, channel by channel
/// (VITAL, section 3.1: sort matching).
///
/// `L = mean over channels and positions of (z_i - m[rank(z_i)])^2`, where `rank` is the position of `z_i` among the sorted
/// values of its channel, ties by index. Ranks are constants: the gradient is `2 (z_i - m[rank(z_i)]) / (C * D)`.
public struct SortMatching {
    private let shape: Shape
    private var sorter: ChannelSorter

    /// A loss for maps of `shape` (C x H x W).
    public init(shape: Shape) {
        self.shape = shape
        sorter = ChannelSorter(capacity: shape[1] * shape[2])
    }

    /// Returns the loss of `map` (blocked) against `quantiles` (C x D) and writes `weight` times its gradient into `gradient`
    /// (blocked), if asked.
    public mutating func loss(
        _ map: UnsafePointer<Float>, quantiles: UnsafePointer<Float>, weight: Float = 1,
        gradient: UnsafeMutablePointer<Float>?
    ) -> Float {
        let area = shape[1] * shape[2]
        let scale = 2 * weight / Float(shape.count)
        var total = 0.0
        for channel in 0..<shape[0] {
            let offset = channel / 16 * area * 16 + channel % 16
            let row = quantiles + channel * area
            var sum: Float = 0
            if let gradient {
                let target = gradient + offset
                sorter.forEachSorted(map + offset, stride: 16, count: area) { rank, position, value in
                    let difference = value - row[rank]
                    sum += difference * difference
                    target[position * 16] = scale * difference
                }
            } else {
                sorter.forEachSorted(map + offset, stride: 16, count: area) { rank, _, value in
                    let difference = value - row[rank]
                    sum += difference * difference
                }
            }
            total += Double(sum)
        }
        return Float(total / Double(shape.count))
    }

    /// Adds `map` (blocked) as a reference.
    mutating func add(_ map: UnsafePointer<Float>, to quantiles: inout QuantileFunction) {
        quantiles.add(map, sorter: &sorter)
    }
}
