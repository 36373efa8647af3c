/// The numbers that convolutions multiply. Maps between them, sums and gradients are float32 in either case.
public enum Precision: String, Sendable, Codable, CaseIterable {
    case float32
    /// Factors rounded to eight significant bits (Kalamkar et al. 2019), products added up in float32: about twice as fast on
    /// processors that have instructions for it. Convolutions that have no such kernel stay in float32.
    case bfloat16

    /// True when this processor has instructions for it.
    public var isSupported: Bool {
        guard self == .bfloat16 else { return true }
        return Precision.bfloat16Probe
    }

    private static let bfloat16Probe: Bool = {
        let geometry = WindowGeometry(
            batch: 1, input: [16, 4, 4], output: [16, 4, 4], kernel: [1, 1], stride: [1, 1], paddingLow: [0, 0], paddingHigh: [0, 0])
        let kernel = try? ConvolutionKernel(
            geometry, from: .blocked, weights: Tensor(zeros: [16, 16, 1, 1]), bias: nil, adding: false, activation: nil, precision: .bfloat16)
        return kernel?.computesFast ?? false
    }()
}
