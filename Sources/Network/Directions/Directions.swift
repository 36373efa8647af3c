import Tensors

/// Directions in a layer's channel space, each a unit of its own: the latents of a sparse autoencoder, linear probes, concept activation
/// vectors, principal components. At every position of the layer, `activation(W x + b)`.
public struct Directions: Sendable {
    public enum Kind: String, Sendable {
        case dictionary = "sparse autoencoder"
        case probe = "linear probe"
        case conceptVectors = "concept activation vectors"
        case components = "principal components"
        case vectors = "directions"
    }

    public enum Activation: Sendable, Equatable {
        /// `W x + b` as it is.
        case none
        case relu
        /// Of every position the largest so many, as far as they are above zero.
        case topK(Int)
        /// JumpReLU, with a threshold for each direction.
        case jump([Float])

        /// What pages call it.
        public var words: String {
            switch self {
            case .none: "linear"
            case .relu: "ReLU"
            case .topK(let count): "TopK, k = \(count)"
            case .jump: "JumpReLU"
            }
        }
    }

    /// What a dictionary makes of its latents: `W z + b`.
    struct Decoder: Sendable {
        /// Channels x directions.
        var weights: Tensor
        var offsets: [Float]
    }

    /// The file they were read from.
    public let path: String
    /// Whose channels they combine; any name of it.
    public let layer: String
    public let kind: Kind
    public let activation: Activation
    /// Directions x channels. What is taken off before (a mean, a decoder's bias) is part of `offsets`.
    let weights: Tensor
    let offsets: [Float]
    /// Nil where nothing is put together again.
    let decoder: Decoder?
    /// One for each direction; nil where the file gives none.
    public let names: [String]?
    /// What was assumed, and what was found and not used: a sentence each, without its full stop.
    public let remarks: [String]

    public var fileName: String { path.split(separator: "/").last.map(String.init) ?? path }
    public var count: Int { weights.shape[0] }
    public var channels: Int { weights.shape[1] }
    /// True for a dictionary: the layer can be put together from its latents.
    public var reconstructs: Bool { decoder != nil }

    /// The layer that they are in the graph.
    public var name: String { layer + Self.suffix }

    private static let suffix = ".directions"

    /// In one line: `256 latents of a sparse autoencoder (TopK, k = 8) behind layer3`.
    public var summary: String {
        kind == .dictionary
            ? "\(count) latents of a \(kind.rawValue) (\(activation.words)) behind \(layer)"
            : "\(count) \(count == 1 ? "direction" : "directions")\(kind == .vectors ? "" : " (\(kind.rawValue))") behind \(layer)"
                + (activation == .none ? "" : ", \(activation.words)")
    }
}
