extension ConvolutionKernel {
    /// The convolution by the algorithm that `choices` names for it, direct without them; in `precision` where the library is fast in it.
    public static func chosen(
        by choices: AlgorithmChoices?, precision: Precision = .float32, _ geometry: WindowGeometry, from layout: Layout,
        to outputLayout: Layout = .blocked, weights: Tensor, bias: [Float]?, adding: Bool, activation: Activation?
    ) throws -> any PreparedConvolution {
        if precision != .float32, layout == .blocked {
            let kernel = try? ConvolutionKernel(
                geometry, from: layout, to: outputLayout, weights: weights, bias: bias, adding: adding, activation: activation, precision: precision)
            if let kernel, kernel.computesFast { return kernel }
        }
        func make(_ algorithm: ConvolutionAlgorithm) throws -> any PreparedConvolution {
            try made(algorithm, geometry, from: layout, to: outputLayout, weights: weights, bias: bias, adding: adding, activation: activation)
        }
        let behind = (adding ? ", sum" : "") + (activation.map { ", \($0)" } ?? "")
        let choice = ConvolutionChoice(geometry: geometry, layouts: (layout, outputLayout), behind: behind, adds: adding)
        let algorithm = try choice.algorithm(by: choices, make: make)
        // A record may come from a machine that could do what this one cannot.
        return try (try? make(algorithm)) ?? make(.direct)
    }

    /// The convolution by `algorithm`. Throws a `Problem` where there is none.
    static func made(
        _ algorithm: ConvolutionAlgorithm, _ geometry: WindowGeometry, from layout: Layout, to outputLayout: Layout = .blocked, weights: Tensor,
        bias: [Float]? = nil, adding: Bool = false, activation: Activation? = nil
    ) throws -> any PreparedConvolution {
        if algorithm == .tiles, layout == outputLayout {
            return try TileConvolutionKernel(TileConvolution(geometry, layout), weights: weights, bias: bias, activation: activation)
        }
        return try ConvolutionKernel(
            geometry, from: layout, to: outputLayout, weights: weights, bias: bias, adding: adding, activation: activation,
            algorithm: algorithm)
    }
}
