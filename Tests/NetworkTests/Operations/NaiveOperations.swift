import Tensors
import TestSupport

@testable import Network

/// Every operation once more, as its definition reads: loops over N x C x H x W in double precision, nothing shared with the
/// engine but the operation's own numbers.
enum NaiveOperations {
    /// The result of `operation` on `inputs`; nil for an operation that has no definition here.
    static func forward(_ operation: any Operation, _ inputs: [NaiveMap]) throws -> NaiveMap? {
        let shape = try operation.outputShape(for: inputs.map(\.shape))
        var output = NaiveMap(batch: inputs[0].batch, shape)
        let x = inputs[0]
        switch operation {
        case let convolution as Convolution:
            convolve(convolution, x, into: &output)
            if convolution.adds { output = output.moved(along: inputs[1], by: 1) }
        case let pooling as Pooling:
            pool(pooling, x, into: &output)
        case is GlobalAveragePooling:
            x.forEachPlace { output[$0, $1, 0, 0] += x[$0, $1, $2, $3] / Double(x.height * x.width) }
        case let pooling as AdaptiveAveragePooling:
            func sees(_ output: Int, _ input: Int, of size: Int, axis: Int) -> Bool {
                let share = Double(size) / Double(pooling.size[axis])
                return Double(input) >= (Double(output) * share).rounded(.down) && Double(input) < (Double(output + 1) * share).rounded(.up)
            }
            output.forEachPlace { image, channel, row, column in
                let seen = (0..<x.height).filter { sees(row, $0, of: x.height, axis: 0) }
                    .flatMap { y in (0..<x.width).filter { sees(column, $0, of: x.width, axis: 1) }.map { x[image, channel, y, $0] } }
                output[image, channel, row, column] = seen.reduce(0, +) / Double(seen.count)
            }
        case let linear as Linear:
            // Rows of I values, whatever they are called.
            let (outputs, inputs) = (linear.weights.shape[0], linear.weights.shape[1])
            for place in output.values.indices {
                let (row, channel) = (place / outputs, place % outputs)
                output.values[place] = (0..<inputs).reduce(Double(linear.bias[channel])) {
                    $0 + Double(linear.weights.values[channel * inputs + $1]) * x.values[row * inputs + $1]
                }
            }
        case let normalization as BatchNormalization:
            output.forEachPlace { output[$0, $1, $2, $3] = x[$0, $1, $2, $3] * normalization.scale[$1] + normalization.shift[$1] }
        case is Sum:
            for input in inputs { output = output.moved(along: input, by: 1) }
        case is Rectifier:
            output.values = x.values
        case let shortcut as ParameterFreeShortcut:
            let before = (shortcut.channels - x.channels) / 2
            output.forEachPlace { image, channel, row, column in
                guard channel >= before, channel < before + x.channels else { return }
                output[image, channel, row, column] = x[image, channel - before, row * shortcut.stride, column * shortcut.stride]
            }
        default:
            guard NaiveTensorOperations.forward(operation, inputs, into: &output) else { return nil }
        }
        if let activation = operation.activation {
            for i in output.values.indices { output.values[i] = activated(output.values[i], activation) }
        }
        return output
    }

    private static func activated(_ x: Double, _ activation: Activation) -> Double {
        switch activation {
        case .relu: x > 0 ? x : 0
        case .clipped(let upper): x < 0 ? 0 : x > Double(upper) ? Double(upper) : x
        }
    }

    /// Rows above and columns to the left.
    private static func lowPadding(_ padding: Padding, _ x: NaiveMap, kernel: [Int], stride: [Int], dilation: [Int]) -> [Int] {
        switch padding {
        case .explicit(let low, _): return low
        case .roundedUp(let amount): return [amount, amount]
        case .same:
            return zip([x.height, x.width], 0..<2).map { size, axis in
                let reach = (kernel[axis] - 1) * dilation[axis] + 1
                let last = ((size + stride[axis] - 1) / stride[axis] - 1) * stride[axis]
                return max(0, last + reach - size) / 2
            }
        }
    }

    private static func convolve(_ operation: Convolution, _ x: NaiveMap, into output: inout NaiveMap) {
        let weights = operation.weights
        let (outputs, inputs, height, width) = (weights.shape[0], weights.shape[1], weights.shape[2], weights.shape[3])
        let low = lowPadding(
            operation.padding, x, kernel: [height, width], stride: operation.stride, dilation: operation.dilation)
        output.forEachPlace { image, o, row, column in
            var total = Double(operation.bias?[o] ?? 0)
            let group = o / (outputs / operation.groups)
            for i in 0..<inputs {
                for ky in 0..<height {
                    for kx in 0..<width {
                        let y = row * operation.stride[0] + ky * operation.dilation[0] - low[0]
                        let at = column * operation.stride[1] + kx * operation.dilation[1] - low[1]
                        total +=
                            Double(weights.values[((o * inputs + i) * height + ky) * width + kx])
                            * x.value(image, group * inputs + i, y, at, outside: 0)
                    }
                }
            }
            output[image, o, row, column] = total
        }
    }

    private static func pool(_ operation: Pooling, _ x: NaiveMap, into output: inout NaiveMap) {
        let low = lowPadding(operation.padding, x, kernel: operation.kernel, stride: operation.stride, dilation: [1, 1])
        output.forEachPlace { image, channel, row, column in
            var largest = -Double.infinity, total = 0.0, inside = 0
            for ky in 0..<operation.kernel[0] {
                for kx in 0..<operation.kernel[1] {
                    let y = row * operation.stride[0] + ky - low[0], at = column * operation.stride[1] + kx - low[1]
                    guard y >= 0, y < x.height, at >= 0, at < x.width else { continue }
                    largest = max(largest, x[image, channel, y, at])
                    total += x[image, channel, y, at]
                    inside += 1
                }
            }
            switch operation.function {
            case .maximum: output[image, channel, row, column] = largest
            case .average(let countsPadding):
                let area = countsPadding ? operation.kernel[0] * operation.kernel[1] : inside
                output[image, channel, row, column] = total / Double(area)
            }
        }
    }
}
