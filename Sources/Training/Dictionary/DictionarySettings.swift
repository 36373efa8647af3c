import Diagnostics

/// How a dictionary is trained.
public struct DictionarySettings: Sendable, Equatable {
    /// Latents of the dictionary.
    public var latents: Int
    /// How many are active at a position.
    public var active: Int
    /// Passes over the sampled positions.
    public var epochs = 20
    /// Positions in a step.
    public var batch = 1024
    public var learningRate: Float = 2e-3
    /// Positions that are sampled, at most, in MiB of memory.
    public var sampleMegabytes = 128
    public var seed: UInt64 = 0

    public init(latents: Int, active: Int) {
        self.latents = latents
        self.active = active
    }

    /// Throws a usage `Problem` where a value makes no sense for a layer of `channels`.
    func check(channels: Int) throws {
        guard latents > 0, latents <= 1 << 16 else {
            throw Problem("--latents is \(latents)", explanation: "From 1 to \(1 << 16) are possible.", kind: .usage)
        }
        guard (1...latents).contains(active) else {
            throw Problem("--k is \(active), and the dictionary has \(latents) latents", explanation: "From 1 to \(latents) can be active.", kind: .usage)
        }
        // Values, gradients and two moments of encoder and decoder, and the products of a batch.
        let values = (8 * latents).multipliedReportingOverflow(by: channels)
        guard !values.overflow, values.partialValue + 2 * batch * latents < 1 << 30 else {
            throw Problem(
                "A dictionary of \(latents) latents of \(channels) channels is too large to train here", explanation: "It would take more than 4 GiB.",
                remedy: "Ask for fewer with --latents.", kind: .usage)
        }
    }
}
