public import Tensors

extension CosineConvolution: TrainableOperation {
    public var learned: [LearnedTensor] {
        [LearnedTensor("weight", kernels)] + (gain.map { [LearnedTensor("gain", Tensor(shape: [1], values: [$0]))] } ?? [])
    }

    public func with(learned tensors: [Tensor]) -> any TrainableOperation {
        CosineConvolution(kernels: tensors[0], gain: tensors.count > 1 ? tensors[1].values.first : nil, factor: factor)
    }

    public func prepareTraining(
        _ preparation: Preparation, _ buffers: LearnedBuffers, adds: Bool, activation: Activation?
    ) throws -> any TrainingKernel {
        let geometry = WindowGeometry(
            batch: preparation.batch, input: preparation.inputs[0], output: preparation.output, kernel: [1, 1], stride: [1, 1],
            paddingLow: [0, 0], paddingHigh: [0, 0])
        return TrainedConvolution(
            kernel: try ConvolutionTrainingKernel(
                geometry, from: preparation.layouts[0], hasBias: false, wantsInputGradient: preparation.wantsGradient,
                choices: preparation.algorithms),
            form: CosineForm(outputs: kernels.shape[0], inputs: kernels.shape[1], factor: factor, hasGain: gain != nil), buffers: buffers,
            bias: nil)
    }
}

/// Kernels of unit length, times the gain, times the factor.
private struct CosineForm: WeightForm {
    let outputs: Int
    let inputs: Int
    let factor: Float
    let hasGain: Bool

    var count: Int { outputs * inputs }

    func form(_ values: [UnsafeMutablePointer<Float>], into weights: UnsafeMutablePointer<Float>) {
        CosineConvolution.weights(
            of: values[0], gain: hasGain ? values[1].pointee : nil, factor: factor, outputs: outputs, inputs: inputs, into: weights)
    }

    func pullback(
        of weightGradient: UnsafeMutablePointer<Float>, values: [UnsafeMutablePointer<Float>], into gradients: [UnsafeMutablePointer<Float>]
    ) {
        let gain = CosineConvolution.pullback(
            of: weightGradient, kernels: values[0], gain: hasGain ? values[1].pointee : nil, factor: factor, outputs: outputs,
            inputs: inputs, into: gradients[0])
        if hasGain { gradients[1].pointee = gain }
    }
}
