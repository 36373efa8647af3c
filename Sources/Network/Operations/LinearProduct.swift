import Tensors

/// The products of a linear layer with row-major weights (outputs x inputs), over rows that may be longer than what is in them: vectors in
/// blocks are filled up with zeros.
struct LinearProduct: Sendable {
    let rows: Int
    let inputs: Int
    let outputs: Int
    /// From one row to the next.
    let stride: (inputs: Int, outputs: Int)

    /// `y = x W^T + b`.
    func forward(
        _ source: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>
    ) throws {
        for row in 0..<rows {
            (output + row * stride.outputs).update(from: bias, count: outputs)
            (output + row * stride.outputs + outputs).update(repeating: 0, count: stride.outputs - outputs)
        }
        try matrixProduct(
            rows: rows, columns: outputs, inner: inputs, left: source, leftStride: stride.inputs, right: weights, rightStride: inputs,
            transposed: true, beta: 1, result: output, resultStride: stride.outputs)
    }

    /// `dx = dy W`.
    func pullback(_ gradient: UnsafePointer<Float>, weights: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>) throws {
        for row in 0..<rows {
            (result + row * stride.inputs + inputs).update(repeating: 0, count: stride.inputs - inputs)
        }
        try matrixProduct(
            rows: rows, columns: inputs, inner: outputs, left: gradient, leftStride: stride.outputs, right: weights, rightStride: inputs,
            transposed: false, result: result, resultStride: stride.inputs)
    }
}
