import Network
import Tensors

/// The sums of a convolution that reads the image, where they cancel: computed anew in double precision.
///
/// VITAL's z+ divides by `W+ a` at the pixels, too, which have both signs there. Near zero the sum holds little but the rounding of
/// its terms, and just there the quotients are largest: in float32 the largest relevance of a map would be off by up to a percent.
struct CancelledSums {
    /// Sums below this part of what they could be at most are computed anew: a float32 sum of some hundred terms is good to 1e-7 of
    /// its terms, hence the others to 3e-5 of themselves.
    private static let threshold: Float = 1 / 256

    private let weights: [Float]
    /// For each output channel the sum of its weights' magnitudes.
    private let sizes: [Float]
    private let bias: [Float]?
    private let input: Shape
    private let output: Shape
    private let batch: Int
    private let channelsPerGroup: Int
    private let outputsPerGroup: Int
    private let kernel: [Int]
    private let stride: [Int]
    private let dilation: [Int]
    private let padding: [Int]

    /// Nil where `operation` is no convolution of a row-major image into blocks.
    init?(_ operation: any Operation, _ preparation: Preparation) {
        guard let convolution = operation as? Convolution, preparation.layouts[0] == .plain, preparation.outputLayout == .blocked,
            preparation.inputs[0].rank == 3
        else { return nil }
        let extents = convolution.weightShape, weights = convolution.weights.values
        self.weights = weights
        bias = convolution.bias
        input = preparation.inputs[0]
        output = preparation.output
        batch = preparation.batch
        channelsPerGroup = extents[1]
        outputsPerGroup = extents[0] / convolution.groups
        kernel = [extents[2], extents[3]]
        stride = convolution.stride
        dilation = convolution.dilation
        padding = convolution.padding.resolved(size: [input[1], input[2]], kernel: kernel, stride: stride, dilation: dilation).low
        let count = extents[1] * extents[2] * extents[3]
        sizes = (0..<extents[0]).map { channel in
            weights[channel * count..<(channel + 1) * count].reduce(0) { $0 + abs($1) }
        }
    }

    /// Writes what is better known into `sums`, the convolution of `image`.
    func refine(_ sums: Values, _ image: Values) {
        let imageCount = input.count, blocks = Layout.blocks(output[0]), area = output[1] * output[2]
        for number in 0..<batch {
            let image = image + number * imageCount, sums = sums + number * blocks * area * Layout.block
            var largest: Float = 0
            for i in 0..<imageCount { largest = max(largest, abs(image[i])) }
            let limits = sizes.map { $0 * largest * Self.threshold }
            Parallel.ranges(output[0], minimum: 1 + 4096 / area) { channels in
                for channel in channels {
                    let map = sums + channel / Layout.block * area * Layout.block + channel % Layout.block
                    let limit = limits[channel]
                    for position in 0..<area where abs(map[position * Layout.block]) < limit {
                        map[position * Layout.block] = Float(sum(image, channel, position / output[2], position % output[2]))
                    }
                }
            }
        }
    }

    private func sum(_ image: Values, _ channel: Int, _ row: Int, _ column: Int) -> Double {
        var sum = Double(bias?[channel] ?? 0)
        weights.withUnsafeBufferPointer { weights in
            for plane in 0..<channelsPerGroup {
                let source = image + (channel / outputsPerGroup * channelsPerGroup + plane) * input[1] * input[2]
                let first = (channel * channelsPerGroup + plane) * kernel[0] * kernel[1]
                for dy in 0..<kernel[0] {
                    let y = row * stride[0] - padding[0] + dy * dilation[0]
                    guard y >= 0, y < input[1] else { continue }
                    for dx in 0..<kernel[1] {
                        let x = column * stride[1] - padding[1] + dx * dilation[1]
                        guard x >= 0, x < input[2] else { continue }
                        sum += Double(weights[first + dy * kernel[1] + dx]) * Double(source[y * input[2] + x])
                    }
                }
            }
        }
        return sum
    }
}
