// Cases of operations that work on values of any rank. The next one goes to the end; see `OperationTests`.

import Tensors

@testable import Network

extension OperationTests {
    private static func numbers(_ count: Int, _ stream: String) -> [Float] {
        var random = RandomSource(seed: 14, stream: stream)
        return (0..<count).map { _ in random.normal() }
    }

    private static func pointwise(_ function: PointwiseFunction, kinks: [Float] = [], spread: Float = 1, offset: Float = 0) -> [OperationCase] {
        [([24, 5, 3], false), ([5, 4, 3], true), ([7, 5], false)].map { shape, comesInRows in
            OperationCase(
                name: "\(function) \(shape)", operation: Pointwise(function), inputs: [shape], kinks: kinks, spread: spread,
                offset: offset, comesInRows: comesInRows)
        }
    }

    static let tensorCases: [OperationCase] = {
        var cases: [OperationCase] = []
        cases += pointwise(.leakyRectifier(slope: 0.1), kinks: [0])
        cases += pointwise(.exponentialLinear(alpha: 0.7), kinks: [0])
        cases += pointwise(.sigmoid, spread: 3)
        cases += pointwise(.hardSigmoid(slope: 1 / 6, offset: 0.5), kinks: [-3, 3], spread: 3)
        cases += pointwise(.hardSwish, kinks: [-3, 3], spread: 3)
        cases += pointwise(.tanh)
        cases += pointwise(.erf)
        cases += pointwise(.gelu, spread: 2)
        cases += pointwise(.geluTanh, spread: 2)
        cases += pointwise(.geluSigmoid, spread: 2)
        cases += pointwise(.silu, spread: 3)
        cases += pointwise(.mish, spread: 3)
        cases += pointwise(.softplus, spread: 3)
        cases += pointwise(.exponential)
        cases += pointwise(.logarithm, spread: 0.2, offset: 2)
        cases += pointwise(.squareRoot, spread: 0.2, offset: 2)
        cases += pointwise(.reciprocal, spread: 0.2, offset: 2)
        cases += pointwise(.absolute, kinks: [0])
        cases += pointwise(.power(2.5), spread: 0.2, offset: 2)
        cases += pointwise(.affine(scale: -0.5, shift: 2))
        cases += pointwise(.clip(low: -1, high: 0.5), kinks: [-1, 0.5])
        for (shape, axis): (Shape, Int) in [([24, 4, 3], 0), ([4, 3, 24], -1), ([7, 5], 1), ([7, 5], 0), ([2, 3, 4, 5], 1), ([20], 0)] {
            cases.append(
                .init(
                    name: "scale and shift axis \(axis) of \(shape)",
                    operation: Affine(
                        scale: numbers(shape.dimensions[axis < 0 ? axis + shape.rank : axis], "scale"),
                        shift: numbers(shape.dimensions[axis < 0 ? axis + shape.rank : axis], "shift"), axis: axis),
                    inputs: [shape], step: 1))
        }
        for (shape, axis, count): (Shape, Int, Int) in [([24, 4, 3], 0, 3), ([40, 1, 1], 0, 5), ([7, 24], 1, 1), ([3, 4, 21], -1, 20), ([20], 0, 7)] {
            cases.append(.init(name: "largest \(count) on axis \(axis) of \(shape)", operation: TopK(count, axis: axis), inputs: [shape], kinks: [0]))
            // Some of the thresholds are below zero, where the ReLU's counts.
            let thresholds = numbers(shape.dimensions[axis < 0 ? axis + shape.rank : axis], "thresholds \(shape)").map { $0 * 0.5 }
            cases.append(
                .init(
                    name: "JumpReLU on axis \(axis) of \(shape)", operation: JumpRectifier(thresholds: thresholds, axis: axis), inputs: [shape],
                    kinks: [0]))
        }
        for function in BinaryFunction.allCases {
            let pairs: [(Shape, Shape, Bool)] = [
                ([24, 9, 7], [24, 9, 7], false), ([16, 9, 7], [16, 1, 1], false), ([24, 9, 7], [24, 1, 1], false), ([7, 5], [5], false),
                ([5], [7, 5], false), ([3, 1, 4], [2, 4], false), ([6, 5], [6, 5], false), ([4, 3, 2], [4, 1, 1], true), ([1], [3, 4], false),
            ]
            for (left, right, comesInRows) in pairs {
                cases.append(
                    .init(
                        name: "\(function) of \(left) and \(right)", operation: Arithmetic(function), inputs: [left, right],
                        spread: function == .quotient ? 0.3 : 1, offset: function == .quotient ? 2 : 0, comesInRows: comesInRows))
            }
        }
        cases += [
            .init(
                name: "product with a constant", operation: Arithmetic(.product), inputs: [[7, 5]],
                constants: [Tensor(shape: [7, 5], values: numbers(35, "constant"))], step: 1),
            .init(
                name: "sum with a constant", operation: Arithmetic(.sum), inputs: [[24, 4, 4]],
                constants: [Tensor(shape: [24, 4, 4], values: numbers(384, "constant"))], step: 1),
            .init(name: "reshape 6 x 4", operation: Reshaping(to: [6, 4]), inputs: [[2, 3, 4]], step: 1, comesInRows: true),
            .init(name: "reshape 24 channels", operation: Reshaping(to: [24]), inputs: [[24, 1, 1]], step: 1),
            .init(name: "reshape 32 channels", operation: Reshaping(to: [32]), inputs: [[32, 1, 1]], step: 1),
            .init(name: "flatten", operation: Reshaping(to: [48]), inputs: [[12, 2, 2]], step: 1),
            .init(name: "tokens as a map", operation: LayoutChange.toMap(from: [7, 5], channelAxis: 1), inputs: [[7, 5]], step: 1),
            .init(name: "rows as a map", operation: LayoutChange.toMap(from: [4, 3, 20], channelAxis: 2), inputs: [[4, 3, 20]], step: 1),
            .init(
                name: "a middle axis as channels", operation: LayoutChange.toMap(from: [2, 5, 3, 2], channelAxis: 1),
                inputs: [[2, 5, 3, 2]], step: 1),
            .init(name: "a map as rows", operation: LayoutChange.toRows(of: [4, 3, 20], channelAxis: 2), inputs: [[20, 4, 3]], step: 1),
            .init(name: "a map in blocks of eight", operation: BlockChange(from: .blocked), inputs: [[32, 4, 3]], step: 1),
            .init(name: "a vector as rows", operation: LayoutChange.toRows(of: [32], channelAxis: 0), inputs: [[32, 1, 1]], step: 1),
            .init(name: "matrix product", operation: MatrixProduct(), inputs: [[3, 5, 7], [3, 7, 4]], comesInRows: true),
            .init(
                name: "matrix product, transposed, scaled", operation: MatrixProduct(scale: 0.25, transposesRight: true),
                inputs: [[2, 5, 7], [2, 4, 7]], comesInRows: true),
            .init(name: "matrix product of two axes", operation: MatrixProduct(), inputs: [[5, 17], [17, 20]]),
            .init(
                name: "matrix product of four axes", operation: MatrixProduct(transposesRight: true), inputs: [[2, 3, 4, 5], [2, 3, 6, 5]]),
            .linear(24, to: 40, on: [7]),
            .linear(5, to: 3, on: [2, 4]),
            .linear(64, to: 17, on: [1]),
            .linear(20, to: 8, on: []),
        ]
        for (shape, axis): (Shape, Int) in [([7, 5], -1), ([3, 5, 4], 1), ([20], 0), ([2, 3, 4, 5], -1), ([5, 4, 3], 0)] {
            cases.append(.init(name: "softmax axis \(axis) of \(shape)", operation: Softmax(axis: axis), inputs: [shape], comesInRows: true))
        }
        let rearrangements: [(Shape, Rearrangement.Step)] = [
            ([4, 3, 5], .transpose([1, 2, 0])), ([4, 3, 5], .transpose([2, 0, 1])), ([24, 3, 5], .transpose([0, 2, 1])),
            ([4, 3, 5], .transpose([2, 1, 0])), ([7, 5], .transpose([1, 0])), ([2, 3, 4, 5], .transpose([2, 0, 3, 1])),
            ([2, 3, 2, 3, 2, 2], .transpose([0, 2, 4, 1, 3, 5])), ([24, 5, 4], .slice(axis: 0, start: 3, count: 17, step: 1)),
            ([24, 5, 4], .slice(axis: 1, start: 4, count: 3, step: -2)), ([7, 5], .slice(axis: -1, start: 1, count: 2, step: 2)),
            ([24, 5, 4], .gather(axis: 0, indices: [3, 3, 20, 0])), ([7, 5], .gather(axis: 0, indices: [6, 0, 6])),
            ([5, 4, 3], .pad(low: [1, 2, 0], high: [0, 1, 2], mode: .constant(0))),
            ([20, 4, 3], .pad(low: [0, 2, 1], high: [0, 1, 2], mode: .constant(1.5))),
            ([17, 4, 3], .pad(low: [0, 2, 1], high: [0, 1, 2], mode: .reflect)), ([5, 4, 3], .pad(low: [0, 2, 1], high: [3, 1, 2], mode: .edge)),
            ([5, 4, 3], .pad(low: [0, 2, 1], high: [0, 1, 2], mode: .circular)), ([7, 5], .pad(low: [-2, 1], high: [1, -1], mode: .constant(0))),
            ([1, 5], .expand(to: [3, 5])), ([5, 1], .expand(to: [2, 5, 3])), ([20, 1, 1], .expand(to: [20, 3, 4])),
        ]
        for (shape, step) in rearrangements {
            for comesInRows in shape.rank == 3 ? [false, true] : [false] {
                cases.append(
                    .init(
                        name: "\(step) of \(shape)\(comesInRows ? " in rows" : "")", operation: Rearrangement(step), inputs: [shape],
                        step: 1, comesInRows: comesInRows))
            }
        }
        let joined: [([Shape], Int)] = [
            ([[16, 4, 3], [32, 4, 3]], 0), ([[5, 4, 3], [20, 4, 3], [16, 4, 3]], 0), ([[24, 2, 3], [24, 4, 3]], 1), ([[7, 5], [3, 5]], 0),
            ([[7, 5], [7, 2]], -1), ([[20], [4]], 0),
        ]
        for (shapes, axis) in joined {
            cases.append(
                .init(
                    name: "concatenation along \(axis) of \(shapes)", operation: Concatenation(axis: axis), inputs: shapes, step: 1,
                    // The picks give maps of one size.
                    comesInRows: axis != 0))
        }
        for function in [Reduction.Function.mean, .sum, .maximum] {
            for (shape, axes, keeps): (Shape, [Int], Bool) in [
                ([4, 3, 5], [1, 2], true), ([4, 3, 5], [0], false), ([7, 5], [-1], true), ([2, 3, 4, 5], [1, 3], false), ([7, 5], [0], false),
            ] {
                cases.append(
                    .init(
                        name: "\(function) over \(axes) of \(shape)", operation: Reduction(function, axes: axes, keepsAxes: keeps),
                        inputs: [shape], step: function == .maximum ? 1e-6 : 1, comesInRows: true))
            }
        }
        for (shape, axis): (Shape, Int) in [([7, 40], -1), ([4, 3, 5], 2), ([24, 4, 3], 0), ([5, 4, 3], 0), ([64, 3, 3], 0), ([17], 0)] {
            let count = shape[axis < 0 ? axis + shape.rank : axis]
            cases.append(
                .init(
                    name: "layer normalisation axis \(axis) of \(shape)",
                    operation: LayerNormalization(
                        axis: axis, weight: numbers(count, "weight"), bias: numbers(count, "bias"), epsilon: 1e-5),
                    inputs: [shape], comesInRows: axis != 0))
        }
        for channels in [5, 24] {
            cases.append(
                .init(
                    name: "global response normalisation, \(channels) channels",
                    operation: GlobalResponseNormalization(weight: numbers(channels, "weight"), bias: numbers(channels, "bias")),
                    inputs: [[channels, 4, 3]]))
        }
        for groups in [1, 3, 12] {
            cases.append(
                .init(
                    name: "group normalisation, \(groups)",
                    operation: GroupNormalization(
                        groups: groups, weight: numbers(12, "weight"), bias: numbers(12, "bias"), epsilon: 1e-5), inputs: [[12, 4, 3]]))
        }
        cases.append(
            .init(name: "group normalisation without weights", operation: GroupNormalization(groups: 2, weight: nil, bias: nil, epsilon: 1e-5), inputs: [[6, 5]]))
        for shape: Shape in [[3, 9, 7], [24, 5, 3], [40, 1, 1], [64, 4, 4]] {
            cases.append(.init(name: "unit length of \(shape)", operation: UnitLength(), inputs: [shape]))
        }
        for (gain, factor): (Float?, Float) in [(3, 1), (-0.7, 0.25), (nil, 0.5)] {
            cases.append(
                .init(
                    name: "cosine convolution, gain \(gain.map(\.description) ?? "none"), factor \(factor)",
                    operation: CosineConvolution(
                        kernels: Tensor(shape: [40, 24, 1, 1], values: numbers(960, "kernels")), gain: gain, factor: factor),
                    inputs: [[24, 5, 3]], step: 1))
        }
        return cases
    }()
}

extension OperationCase {
    /// A linear layer on `leading x inputs` values.
    static func linear(_ inputs: Int, to outputs: Int, on leading: [Int]) -> OperationCase {
        var result = linear(inputs, to: outputs)
        result.name += " on \(leading)"
        result.inputs = [Shape(leading + [inputs])]
        result.comesInRows = true
        return result
    }
}
