internal import COneDNN

/// How a convolution, or its pullback to the input, is computed. All give the same numbers but for rounding.
public enum ConvolutionAlgorithm: String, Sendable, CaseIterable {
    /// Product by product.
    case direct
    /// On tiles in a transformed space, with less than half of the multiplications of a 3 x 3 kernel (Lavin and Gray 2016); rounds
    /// to about 1e-5 of the largest value.
    case winograd
    /// A pullback only: as a forward convolution with the kernel turned by half a turn, by `winograd`.
    case turnedWinograd
    /// As `winograd`, with our own transforms (`TileConvolution`): for processors on which the library has none.
    case tiles
    /// A pullback only: as `turnedWinograd`, in `tiles`.
    case turnedTiles

    /// What the library calls it.
    var kind: dnnl_alg_kind_t { self == .direct ? dnnl_convolution_direct : dnnl_convolution_winograd }
}

extension WindowGeometry {
    /// True for windows that Winograd's way is made for.
    var suitsWinograd: Bool {
        kernel == [3, 3] && stride == [1, 1] && dilation == [1, 1] && groups == 1 && (paddingLow + paddingHigh).allSatisfy { $0 <= 1 }
            && input[0] >= 16 && output[0] >= 16
    }

    /// The geometry of the pullback as a forward convolution: steps of one only.
    var turned: WindowGeometry {
        WindowGeometry(
            batch: batch, input: output, output: input, kernel: kernel, stride: stride,
            paddingLow: zip(kernel, paddingLow).map { $0 - 1 - $1 }, paddingHigh: zip(kernel, paddingHigh).map { $0 - 1 - $1 })
    }

    /// One line for all numbers that matter.
    var key: String {
        func joined(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: "x") }
        return "\(batch)x\(joined(input.dimensions)) to \(joined(output.dimensions)) kernel \(joined(kernel)) padding \(joined(paddingLow + paddingHigh))"
    }
}

extension Tensor {
    /// Kernels O x I x H x W turned by half a turn, as I x O x H x W: those of the pullback.
    var turnedKernels: Tensor {
        var result = Tensor(zeros: [shape[1], shape[0], shape[2], shape[3]])
        values.withUnsafeBufferPointer { from in
            result.values.withUnsafeMutableBufferPointer { to in
                guard let from = from.baseAddress, let to = to.baseAddress else { return }
                turnKernels(from, outputs: shape[0], inputs: shape[1], area: shape[2] * shape[3], into: to)
            }
        }
        return result
    }
}

/// Sets `target` (inputs x outputs x area) to kernels (outputs x inputs x area) turned by half a turn.
func turnKernels(
    _ kernels: UnsafePointer<Float>, outputs: Int, inputs: Int, area: Int, into target: UnsafeMutablePointer<Float>
) {
    for output in 0..<outputs {
        for input in 0..<inputs {
            for tap in 0..<area {
                target[(input * outputs + output) * area + area - 1 - tap] = kernels[(output * inputs + input) * area + tap]
            }
        }
    }
}
