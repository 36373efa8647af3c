public import Tensors

/// The mean over references of a layer's sorted feature maps, channel by channel: all that a prototype needs to know of them.
///
/// `m = (1/B) * sum over b of sort_ascending(r_b)` (VITAL, section 3.1): a mean quantile function for each channel.
public struct QuantileFunction: Sendable {
    /// C x H x W of one feature map.
    public let shape: Shape
    /// Number of references so far.
    public private(set) var references = 0
    /// C x D, D = H * W, ascending for each channel; the sum until `values` divides it.
    private var sums: [Double]

    public init(shape: Shape) {
        self.shape = shape
        sums = Array(repeating: 0, count: shape.count)
    }

    /// Adds one reference's feature map: blocked, of `shape`.
    mutating func add(_ map: UnsafePointer<Float>, sorter: MapSorter) {
        let area = shape[1] * shape[2]
        sums.withUnsafeMutableBufferPointer { sums in
            guard let sums = sums.baseAddress else { return }
            sorter.forEachChannel(of: map) { channel, sorted, _ in
                let (row, values) = (sums + channel * area, sorted.values)
                for rank in 0..<area { row[rank] += Double(values[rank]) }
            }
        }
        references += 1
    }

    /// The mean, C x D in float32.
    public var values: [Float] {
        let scale = 1 / Double(max(1, references))
        return sums.map { Float($0 * scale) }
    }
}
