public import Tensors

/// A dictionary of a layer's channels, and what came of its training.
public struct TrainedDictionary: Sendable {
    /// Latents x channels, for rows less `shift`.
    public var encoder: Tensor
    public var bias: [Float]
    /// Latents x channels, each of length 1.
    public var decoder: Tensor
    /// What the encoder's input has taken off, and the decoder adds.
    public var shift: [Float]
    /// Over the last epoch: 1 less the mean squared error over the variance.
    public var explainedVariance: Float
    /// Latents that were not active in the last epoch.
    public var dead: Int
    /// Positions that it was trained on.
    public var rows: Int

    /// As SAELens names and lays them out: `W_enc` channels x latents, `W_dec` latents x channels.
    public var tensors: [(String, Tensor)] {
        let (latents, channels) = (encoder.shape[0], encoder.shape[1])
        var transposed = Tensor(zeros: [channels, latents])
        for latent in 0..<latents {
            for channel in 0..<channels { transposed.values[channel * latents + latent] = encoder.values[latent * channels + channel] }
        }
        return [
            ("W_enc", transposed), ("b_enc", Tensor(shape: [latents], values: bias)), ("W_dec", decoder),
            ("b_dec", Tensor(shape: [channels], values: shift)),
        ]
    }
}
