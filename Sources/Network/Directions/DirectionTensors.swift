import Diagnostics
import Tensors

/// The tensors of a file of directions, found by the names that libraries give them.
struct DirectionTensors {
    enum Role: String, CaseIterable {
        // A dictionary's.
        case encoder, encoderBias = "bias of the encoder", decoder, decoderBias = "bias of the decoder", threshold
        case logThreshold = "logarithm of the threshold", kept = "number of latents that are kept", gate = "gate"
        // Of directions by themselves.
        case vectors = "directions", offset = "bias", mean
    }

    /// A name by which a role is known.
    struct Spelling {
        let role: Role
        let name: String
        /// True where rows are channels and columns directions, as in `x @ W_enc`.
        var isTransposed = false
        /// Of a decoder's bias: whether the encoder's input has it taken off, where nothing else says so. Nil: that depends on the activation.
        var isTakenOff: Bool?
        var kind: Directions.Kind = .vectors
    }

    /// SAELens and ViT-Prisma (`W_enc`, `W_dec`, `b_enc`, `b_dec`, `threshold`), dictionary_learning (`encoder.weight`, `decoder.weight`,
    /// `bias` or `b_dec`, `k`), sparsify (`encoder.weight`, `W_dec`), OpenAI's sparse_autoencoder (`pre_bias`, `latent_bias`); scikit-learn's
    /// attributes and PyTorch's `Linear` for directions by themselves.
    static let dictionary: [Spelling] = [
        .init(role: .encoder, name: "W_enc", isTransposed: true),
        .init(role: .encoder, name: "encoder.weight"),
        .init(role: .encoderBias, name: "b_enc"),
        .init(role: .encoderBias, name: "encoder.bias"),
        .init(role: .encoderBias, name: "latent_bias"),
        .init(role: .decoder, name: "W_dec", isTransposed: true),
        .init(role: .decoder, name: "decoder.weight"),
        .init(role: .decoderBias, name: "b_dec"),
        .init(role: .decoderBias, name: "decoder.bias", isTakenOff: false),
        .init(role: .decoderBias, name: "bias", isTakenOff: true),
        .init(role: .decoderBias, name: "pre_bias", isTakenOff: true),
        .init(role: .threshold, name: "threshold"),
        .init(role: .logThreshold, name: "log_threshold"),
        .init(role: .kept, name: "k"),
        .init(role: .gate, name: "r_mag"),
        .init(role: .gate, name: "b_gate"),
        .init(role: .gate, name: "gate_bias"),
    ]

    static let plain: [Spelling] = [
        .init(role: .vectors, name: "directions"),
        .init(role: .vectors, name: "vectors"),
        .init(role: .vectors, name: "weight", kind: .probe),
        .init(role: .vectors, name: "linear.weight", kind: .probe),
        .init(role: .vectors, name: "probe.weight", kind: .probe),
        .init(role: .vectors, name: "coef_", kind: .probe),
        .init(role: .vectors, name: "coef", kind: .probe),
        .init(role: .vectors, name: "cavs", kind: .conceptVectors),
        .init(role: .vectors, name: "cav", kind: .conceptVectors),
        .init(role: .vectors, name: "components_", kind: .components),
        .init(role: .vectors, name: "components", kind: .components),
        .init(role: .offset, name: "bias"),
        .init(role: .offset, name: "linear.bias"),
        .init(role: .offset, name: "probe.bias"),
        .init(role: .offset, name: "intercept_"),
        .init(role: .offset, name: "intercept"),
        .init(role: .mean, name: "mean_"),
        .init(role: .mean, name: "mean"),
    ]

    private let checkpoint: Checkpoint
    /// What stands before all names, and is left out of them.
    private let prefix: String
    private(set) var found: [Role: Spelling] = [:]
    let isDictionary: Bool
    /// Names of vectors that are a direction each, where nothing goes by a known name.
    private(set) var single: [String] = []

    /// - Throws: `Problem` when two tensors have one role, a part is missing, or no name is known.
    init(_ checkpoint: Checkpoint) throws {
        self.checkpoint = checkpoint
        let names = checkpoint.names
        func isKnown(_ prefix: String, _ spellings: [Spelling]) -> Bool {
            let roots: Set<Role> = [.encoder, .decoder, .vectors]
            return spellings.contains { roots.contains($0.role) && names.contains(prefix + $0.name) }
        }
        let common = NamePrefix.common(to: names)
        let prefixes = common.isEmpty ? [""] : ["", common]
        prefix = prefixes.first { isKnown($0, Self.dictionary) || isKnown($0, Self.plain) } ?? ""
        isDictionary = isKnown(prefix, Self.dictionary)
        for spelling in isDictionary ? Self.dictionary : Self.plain where names.contains(prefix + spelling.name) {
            if let other = found[spelling.role], spelling.role != .gate {
                throw Problem(
                    "\(checkpoint.path) has the \(spelling.role.rawValue) twice: \(printable(prefix + other.name)) and \(printable(prefix + spelling.name))",
                    remedy: "Save one of them.")
            }
            found[spelling.role] = spelling
        }
        if isDictionary { try checkDictionary() }
        guard !isDictionary, found[.vectors] == nil else { return }
        // A file that maps names to vectors, as concept activation vectors are often kept.
        let shapes = names.compactMap { checkpoint.shape(of: $0) }
        guard let first = shapes.first, first.rank == 1, first.count > 1, shapes.allSatisfy({ $0 == first }) else {
            throw Problem(
                "\(checkpoint.path) holds no directions by a name that is known",
                explanation: "It holds \(names.prefix(8).map(printable).joined(separator: ", "))\(names.count > 8 ? "…" : ""). A sparse autoencoder has W_enc and W_dec, or encoder.weight and decoder.weight; directions by themselves are called directions, weight, coef_, cav or components_, or are vectors of one length, a tensor each.",
                remedy: "Save them under such names.")
        }
        single = names
    }

    private func checkDictionary() throws {
        guard found[.gate] == nil else {
            throw Problem(
                "\(checkpoint.path) is a gated sparse autoencoder, which is not read", explanation: "ReLU, TopK and JumpReLU are.",
                remedy: "Its directions alone can be shown: save the encoder’s as one tensor called directions.")
        }
        for (role, other, known) in [(Role.decoder, Role.encoder, "W_dec or decoder.weight"), (.encoder, .decoder, "W_enc or encoder.weight")] {
            guard found[role] == nil, let present = found[other] else { continue }
            throw Problem(
                "\(checkpoint.path) has \(printable(prefix + present.name)) and no \(role.rawValue)",
                explanation: "A sparse autoencoder’s \(role.rawValue) is called \(known).",
                remedy: "Save it whole; for its directions by themselves, save one tensor called directions.")
        }
    }

    /// Names of tensors that nothing was taken from.
    var unused: [String] {
        let used = Set(found.values.map { prefix + $0.name } + single)
        return checkpoint.names.filter { !used.contains($0) }
    }

    /// Of a vector.
    func length(of name: String) -> Int? { checkpoint.shape(of: name)?.count }

    func name(_ role: Role) -> String? { found[role].map { prefix + $0.name } }

    func shape(_ role: Role) -> Shape? { name(role).flatMap { checkpoint.shape(of: $0) } }

    /// The values of a role, all of them numbers; nil where the file has none.
    func values(_ role: Role) throws -> Tensor? { try name(role).map(values) }

    func values(_ name: String) throws -> Tensor {
        let tensor = try checkpoint.tensor(name)
        if let place = tensor.values.firstIndex(where: { !$0.isFinite }) {
            throw Problem(
                "\(checkpoint.path): \(printable(name)) holds NaN or infinity", explanation: "The first is value \(place) of \(tensor.values.count).",
                remedy: "Use directions from before training diverged.")
        }
        return tensor
    }

    /// A vector of `count` values, or one value for all of them; nil where the file has none.
    func vector(_ role: Role, count: Int, of what: String) throws -> [Float]? {
        guard let name = name(role), let shape = shape(role) else { return nil }
        guard shape.count == count || shape.count == 1 && role != .decoderBias && role != .mean else {
            throw Problem(
                "\(checkpoint.path): \(printable(name)) is \(shape)", explanation: "\(count) values were expected, one for each \(what).",
                remedy: "Save the file anew from what was trained.")
        }
        let values = try values(name).values
        return values.count == count ? values : Array(repeating: values[0], count: count)
    }
}
