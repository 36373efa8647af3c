/// The products of a linear layer with row-major weights (outputs x inputs), over rows that may be longer than what is in them: vectors in
/// blocks are filled up with zeros.
public struct LinearProduct: Sendable {
    public let rows: Int
    public let inputs: Int
    public let outputs: Int
    /// From one row to the next.
    public let stride: (inputs: Int, outputs: Int)

    public init(rows: Int, inputs: Int, outputs: Int, stride: (inputs: Int, outputs: Int)) {
        (self.rows, self.inputs, self.outputs, self.stride) = (rows, inputs, outputs, stride)
    }

    /// `y = x W^T + b`.
    public func forward(
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
    public func pullback(_ gradient: UnsafePointer<Float>, weights: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>) throws {
        for row in 0..<rows {
            (result + row * stride.inputs + inputs).update(repeating: 0, count: stride.inputs - inputs)
        }
        try matrixProduct(
            rows: rows, columns: inputs, inner: outputs, left: gradient, leftStride: stride.outputs, right: weights, rightStride: inputs,
            transposed: false, result: result, resultStride: stride.inputs)
    }
}
