extension Layout {
    /// True where the library computes convolutions of maps in blocks of eight channels, and has only a loop for blocks of sixteen: on
    /// processors with AVX2 and without AVX-512.
    public static let prefersNarrow: Bool = {
        let geometry = WindowGeometry(
            batch: 1, input: [16, 4, 4], output: [16, 4, 4], kernel: [1, 1], stride: [1, 1], paddingLow: [0, 0], paddingHigh: [0, 0])
        func kernel(_ layout: Layout) -> ConvolutionKernel? {
            try? ConvolutionKernel(
                geometry, from: layout, to: layout, weights: Tensor(zeros: [16, 16, 1, 1]), bias: nil, adding: false, activation: nil)
        }
        guard let wide = kernel(.blocked), let narrow = kernel(.narrow) else { return false }
        return wide.isAdapted && !narrow.isAdapted && narrow.computesFast
    }()
}
