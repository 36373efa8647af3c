package import Tensors

/// Values in double precision, row-major: what the plain re-implementations of `NaiveOperations` work on. Mostly feature maps, N x C x
/// H x W; other ranks have `shape` and `values` only.
package struct NaiveMap {
    package let batch: Int
    /// Of one image.
    package let shape: Shape
    package let channels: Int
    package let height: Int
    package let width: Int
    package var values: [Double]

    package init(batch: Int, _ shape: Shape) {
        self.batch = batch
        self.shape = shape
        let map = shape.map ?? [shape.count, 1, 1]
        (channels, height, width) = (map[0], map[1], map[2])
        values = [Double](repeating: 0, count: batch * shape.count)
    }

    /// From an N x C x H x W tensor.
    package init(_ tensor: Tensor) {
        self.init(batch: tensor.shape[0], Shape(Array(tensor.shape.dimensions.dropFirst())))
        values = tensor.values.map(Double.init)
    }

    package subscript(image: Int, channel: Int, row: Int, column: Int) -> Double {
        get { values[((image * channels + channel) * height + row) * width + column] }
        set { values[((image * channels + channel) * height + row) * width + column] = newValue }
    }

    /// The value at a place that may lie outside, where it is `outside`.
    package func value(_ image: Int, _ channel: Int, _ row: Int, _ column: Int, outside: Double) -> Double {
        guard row >= 0, row < height, column >= 0, column < width else { return outside }
        return self[image, channel, row, column]
    }

    /// The same values under another shape.
    package func reshaped(_ shape: Shape) -> NaiveMap {
        var result = NaiveMap(batch: batch, shape)
        result.values = values
        return result
    }

    package var largestMagnitude: Double { values.reduce(0) { max($0, abs($1)) } }

    /// This map, and `step` times `direction` added.
    package func moved(along direction: NaiveMap, by step: Double) -> NaiveMap {
        var result = self
        for i in values.indices { result.values[i] += step * direction.values[i] }
        return result
    }

    /// The inner product over everything.
    package func dot(_ other: NaiveMap) -> Double { zip(values, other.values).reduce(0) { $0 + $1.0 * $1.1 } }

    /// Calls `body` with every place.
    package func forEachPlace(_ body: (_ image: Int, _ channel: Int, _ row: Int, _ column: Int) -> Void) {
        for image in 0..<batch {
            for channel in 0..<channels {
                for row in 0..<height {
                    for column in 0..<width { body(image, channel, row, column) }
                }
            }
        }
    }
}
