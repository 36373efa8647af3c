import Tensors
import TestSupport

@testable import Network

/// Definitions of operations on values of any rank, as `NaiveOperations`: index by index, in double precision.
enum NaiveTensorOperations {
    /// Writes the result of `operation` into `output`, which has its shape; false for an operation that has no definition here.
    static func forward(_ operation: any Operation, _ inputs: [NaiveMap], into output: inout NaiveMap) -> Bool {
        let x = inputs.first ?? output
        switch operation {
        case let operation as Pointwise:
            for i in output.values.indices { output.values[i] = pointwise(operation.function, x.values[i]) }
        case let operation as Affine:
            let axis = resolved(operation.axis, x.shape)
            each(output) { image, index in
                x[image, index] * Double(operation.scale[index[axis]]) + Double(operation.shift[index[axis]])
            }
        case let operation as Arithmetic:
            let y = inputs[1]
            each(output) { image, index in
                let (a, b) = (x[image, aligned(index, x.shape)], y[image, aligned(index, y.shape)])
                switch operation.function {
                case .sum: return a + b
                case .difference: return a - b
                case .product: return a * b
                case .quotient: return a / b
                case .maximum: return max(a, b)
                case .minimum: return min(a, b)
                }
            }
        case let operation as TopK:
            let axis = resolved(operation.axis, x.shape)
            each(output) { image, index in
                let value = x[image, index]
                let before = (0..<x.shape[axis]).count { channel in
                    var other = index
                    other[axis] = channel
                    return x[image, other] > value || x[image, other] == value && channel < index[axis]
                }
                return before < operation.count ? value : 0
            }
        case let operation as JumpRectifier:
            let axis = resolved(operation.axis, x.shape)
            each(output) { image, index in x[image, index] > Double(operation.thresholds[index[axis]]) ? x[image, index] : 0 }
        case is Reshaping, is Constant, is BlockChange:
            output.values = x.values
        case let operation as LayoutChange:
            // Channels first, everything else in its order.
            let axis = operation.channelAxis, rows = operation.rows
            var places: [[Int]] = []
            for channel in 0..<rows[axis] { for index in indices(rows) where index[axis] == channel { places.append(index) } }
            for image in 0..<x.batch {
                for (place, index) in places.enumerated() {
                    if operation.direction == .toMap {
                        output.values[image * rows.count + place] = x[image, index]
                    } else {
                        output[image, index] = x.values[image * rows.count + place]
                    }
                }
            }
        case let operation as MatrixProduct:
            each(output) { image, index in
                let rank = index.count
                let inner = x.shape[rank - 1]
                var total = 0.0
                for k in 0..<inner {
                    let left = index.dropLast() + [k]
                    let right = index.dropLast(2) + (operation.transposesRight ? [index[rank - 1], k] : [k, index[rank - 1]])
                    total += x[image, Array(left)] * inputs[1][image, Array(right)]
                }
                return Double(operation.scale) * total
            }
        case let operation as Softmax:
            let axis = resolved(operation.axis, x.shape)
            each(output) { image, index in
                let all = (0..<x.shape[axis]).map { other in exponential(x[image, replacing(index, axis, other)]) }
                return all[index[axis]] / all.reduce(0, +)
            }
        case let operation as Rearrangement: rearrange(operation, x, into: &output)
        case let operation as Concatenation:
            let axis = resolved(operation.axis, x.shape)
            each(output) { image, index in
                var place = index[axis]
                for input in inputs {
                    if place < input.shape[axis] { return input[image, replacing(index, axis, place)] }
                    place -= input.shape[axis]
                }
                return .nan
            }
        case let operation as Reduction:
            let axes = Set(operation.axes.map { resolved($0, x.shape) })
            let kept = Shape((0..<x.shape.rank).map { axes.contains($0) ? 1 : x.shape[$0] })
            for image in 0..<x.batch {
                for (place, index) in indices(kept).enumerated() {
                    let all = indices(x.shape).filter { other in (0..<index.count).allSatisfy { axes.contains($0) || other[$0] == index[$0] } }
                        .map { x[image, $0] }
                    let value =
                        switch operation.function {
                        case .sum: all.reduce(0, +)
                        case .mean: all.reduce(0, +) / Double(all.count)
                        case .maximum: all.max() ?? .nan
                        }
                    output.values[image * kept.count + place] = value
                }
            }
        case let operation as LayerNormalization:
            let axis = resolved(operation.axis, x.shape)
            each(output) { image, index in
                let all = (0..<x.shape[axis]).map { x[image, replacing(index, axis, $0)] }
                return normalised(x[image, index], among: all, operation.epsilon) * Double(operation.weight?[index[axis]] ?? 1)
                    + Double(operation.bias?[index[axis]] ?? 0)
            }
        case let operation as GroupNormalization:
            let size = x.shape[0] / operation.groups
            each(output) { image, index in
                let all = indices(x.shape).filter { $0[0] / size == index[0] / size }.map { x[image, $0] }
                return normalised(x[image, index], among: all, operation.epsilon) * Double(operation.weight?[index[0]] ?? 1)
                    + Double(operation.bias?[index[0]] ?? 0)
            }
        case let operation as GlobalResponseNormalization:
            each(output) { image, index in
                let norms = (0..<x.shape[0]).map { channel in
                    indices(x.shape).filter { $0[0] == channel }.reduce(0.0) { $0 + x[image, $1] * x[image, $1] }.squareRoot()
                }
                let mean = norms.reduce(0, +) / Double(norms.count) + Double(operation.epsilon)
                let value = x[image, index], weight = Double(operation.weight[index[0]])
                return value + weight * value * norms[index[0]] / mean + Double(operation.bias[index[0]])
            }
        case is UnitLength:
            each(output) { image, index in
                let squares = (0..<x.shape[0]).reduce(0.0) { $0 + x[image, replacing(index, 0, $1)] * x[image, replacing(index, 0, $1)] }
                return x[image, index] / max(squares.squareRoot(), 1e-12)
            }
        case let operation as CosineConvolution:
            each(output) { image, index in
                let kernel = (0..<x.shape[0]).map { Double(operation.kernels.values[index[0] * x.shape[0] + $0]) }
                let length = operation.gain == nil ? 1 : kernel.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
                let product = kernel.indices.reduce(0.0) { $0 + kernel[$1] / length * x[image, replacing(index, 0, $1)] }
                return Double(operation.factor) * Double(operation.gain ?? 1) * product
            }
        default: return false
        }
        return true

        func each(_ map: NaiveMap, _ value: (_ image: Int, _ index: [Int]) -> Double) {
            for image in 0..<map.batch {
                for (place, index) in indices(map.shape).enumerated() {
                    output.values[image * map.shape.count + place] = value(image, index)
                }
            }
        }
    }

    private static func rearrange(_ operation: Rearrangement, _ x: NaiveMap, into output: inout NaiveMap) {
        for image in 0..<x.batch {
            for (place, index) in indices(output.shape).enumerated() {
                var from = index
                var outside: Double?
                switch operation.step {
                case .transpose(let order): for (axis, source) in order.enumerated() { from[source] = index[axis] }
                case .slice(let axis, let start, _, let step):
                    let axis = resolved(axis, x.shape)
                    from[axis] = start + step * index[axis]
                case .gather(let axis, let list):
                    let axis = resolved(axis, x.shape)
                    from[axis] = list[index[axis]]
                case .expand: from = aligned(index, x.shape)
                case .pad(let low, _, let mode):
                    for axis in index.indices {
                        let extent = x.shape[axis]
                        from[axis] -= low[axis]
                        switch mode {
                        case .constant(let value): if !(0..<extent).contains(from[axis]) { outside = Double(value) }
                        case .edge: from[axis] = min(max(from[axis], 0), extent - 1)
                        case .circular: from[axis] = (from[axis] + 10 * extent) % extent
                        case .reflect:
                            if from[axis] < 0 { from[axis] = -from[axis] }
                            if from[axis] >= extent { from[axis] = 2 * extent - 2 - from[axis] }
                        }
                    }
                }
                output.values[image * output.shape.count + place] = outside ?? x[image, from]
            }
        }
    }

    private static func pointwise(_ function: PointwiseFunction, _ x: Double) -> Double {
        func sigmoid(_ x: Double) -> Double { 1 / (1 + exponential(-x)) }
        func hyperbolic(_ x: Double) -> Double { 2 * sigmoid(2 * x) - 1 }
        switch function {
        case .leakyRectifier(let slope): return x > 0 ? x : x * Double(slope)
        case .exponentialLinear(let alpha): return x > 0 ? x : Double(alpha) * (exponential(x) - 1)
        case .sigmoid: return sigmoid(x)
        case .hardSigmoid(let slope, let offset): return max(0, min(1, x * Double(slope) + Double(offset)))
        case .hardSwish: return x * max(0, min(6, x + 3)) / 6
        case .tanh: return hyperbolic(x)
        case .erf: return errorFunction(x)
        case .gelu: return x / 2 * (1 + errorFunction(x / 2.0.squareRoot()))
        case .geluTanh: return x / 2 * (1 + hyperbolic(0.7978845608028654 * (x + 0.044715 * x * x * x)))
        case .geluSigmoid: return x * sigmoid(1.702 * x)
        case .silu: return x * sigmoid(x)
        case .mish: return x * hyperbolic(logarithm(1 + exponential(x)))
        case .softplus: return logarithm(1 + exponential(x))
        case .exponential: return exponential(x)
        case .logarithm: return logarithm(x)
        case .squareRoot: return exponential(logarithm(x) / 2)
        case .reciprocal: return 1 / x
        case .absolute: return x < 0 ? -x : x
        case .power(let exponent): return exponential(Double(exponent) * logarithm(x))
        case .affine(let scale, let shift): return x * Double(scale) + Double(shift)
        case .clip(let low, let high): return max(Double(low), min(Double(high), x))
        }
    }

    private static func normalised(_ x: Double, among all: [Double], _ epsilon: Float) -> Double {
        let mean = all.reduce(0, +) / Double(all.count)
        let variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)
        return (x - mean) / (variance + Double(epsilon)).squareRoot()
    }

    private static func resolved(_ axis: Int, _ shape: Shape) -> Int { axis < 0 ? axis + shape.rank : axis }

    private static func replacing(_ index: [Int], _ axis: Int, _ value: Int) -> [Int] {
        var index = index
        index[axis] = value
        return index
    }

    /// The index into a smaller shape that is repeated to where `index` points.
    private static func aligned(_ index: [Int], _ shape: Shape) -> [Int] {
        (0..<shape.rank).map { shape[$0] == 1 ? 0 : index[$0 + index.count - shape.rank] }
    }

    /// All indices of a shape in row-major order.
    static func indices(_ shape: Shape) -> [[Int]] {
        shape.dimensions.reduce([[]]) { partial, extent in partial.flatMap { head in (0..<extent).map { head + [$0] } } }
    }
}

extension NaiveMap {
    subscript(image: Int, index: [Int]) -> Double {
        get { values[image * shape.count + zip(index, shape.dimensions).reduce(0) { $0 * $1.1 + $1.0 }] }
        set { values[image * shape.count + zip(index, shape.dimensions).reduce(0) { $0 * $1.1 + $1.0 }] = newValue }
    }
}
