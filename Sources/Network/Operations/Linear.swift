import Diagnostics
public import Tensors

/// `W x + b` on a C x 1 x 1 map, as PyTorch's `Linear`.
public struct Linear: Operation {
    /// O x I.
    public let weights: Tensor
    public let bias: [Float]

    public init(weights: Tensor, bias: [Float]) {
        self.weights = weights
        self.bias = bias
    }

    public var kind: String { "linear" }
    public var parameterCount: Int { weights.values.count + bias.count }
    public var window: ReceptiveWindow { .everything }

    public func outputShape(for inputs: [Shape]) throws -> Shape {
        guard inputs[0] == [weights.shape[1], 1, 1] else {
            throw Problem("expects \(weights.shape[1]) x 1 x 1 and is given \(inputs[0])")
        }
        return [weights.shape[0], 1, 1]
    }

    public func prepare(_ preparation: Preparation) throws -> any Kernel {
        let (outputs, inputs) = (weights.shape[0], weights.shape[1])
        let buffer = try AlignedBuffer(bytes: (weights.values.count + outputs) * MemoryLayout<Float>.size)
        buffer.floats().update(from: weights.values, count: weights.values.count)
        (buffer.floats() + weights.values.count).update(from: bias, count: outputs)
        return Prepared(numbers: buffer, batch: preparation.batch, inputs: inputs, outputs: outputs)
    }

    private struct Prepared: Kernel {
        /// The weights, then the bias.
        let numbers: AlignedBuffer
        let batch: Int
        let inputs: Int
        let outputs: Int

        // A C x 1 x 1 map in blocks is a row of C values, filled up to whole blocks.
        private var inputRow: Int { Layout.blocks(inputs) * 16 }
        private var outputRow: Int { Layout.blocks(outputs) * 16 }

        func bindForward(
            inputs sources: [UnsafeMutablePointer<Float>], output: UnsafeMutablePointer<Float>,
            memory: UnsafeMutableRawPointer?, scratch: UnsafeMutableRawPointer
        ) throws -> BoundStep {
            let source = sources[0]
            return { _ in
                let bias = numbers.floats() + inputs * outputs
                for image in 0..<batch {
                    (output + image * outputRow).update(from: bias, count: outputs)
                    (output + image * outputRow + outputs).update(repeating: 0, count: outputRow - outputs)
                }
                try matrixProduct(
                    rows: batch, columns: outputs, inner: inputs, left: source, leftStride: inputRow,
                    right: numbers.floats(), rightStride: inputs, transposed: true, beta: 1, result: output,
                    resultStride: outputRow)
            }
        }

        func bindPullback(
            to input: Int, outputGradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>,
            memory: UnsafeMutableRawPointer?, scratch: UnsafeMutableRawPointer
        ) throws -> BoundStep {
            { _ in
                for image in 0..<batch {
                    (inputGradient + image * inputRow + inputs).update(repeating: 0, count: inputRow - inputs)
                }
                try matrixProduct(
                    rows: batch, columns: inputs, inner: outputs, left: outputGradient, leftStride: outputRow,
                    right: numbers.floats(), rightStride: inputs, transposed: false, result: inputGradient,
                    resultStride: inputRow)
            }
        }
    }
}
