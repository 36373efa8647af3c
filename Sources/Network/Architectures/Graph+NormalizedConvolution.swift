extension Graph {
    /// Adds a convolution without bias and the batch normalisation behind it, each under its module's name; returns the index
    /// of the latter.
    mutating func addNormalizedConvolution(
        _ convolution: String, _ normalization: String, _ parameters: Parameters, from: Int, inputs: Int, outputs: Int,
        kernel: Int, stride: Int, padding: Padding, groups: Int = 1, epsilon: Float
    ) throws -> Int {
        let x = add(
            convolution,
            try parameters.convolution(
                convolution, inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: padding,
                groups: groups), from)
        return add(normalization, try parameters.batchNormalization(normalization, channels: outputs, epsilon: epsilon), x)
    }
}
