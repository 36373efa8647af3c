import ArgumentParser
import Diagnostics
import Network
import Run

/// Directions in a layer's channel space, which become a layer of their own.
struct DirectionOptions: ParsableArguments {
    @Option(
        help: """
            A file of directions among a layer's channels, each a unit of a layer LAYER.directions: a sparse autoencoder (W_enc, b_enc, W_dec, \
            b_dec, threshold, or encoder.weight and so on), linear probes, concept activation vectors, principal components.
            """)
    var directions: String?
    @Option(help: "The layer that the directions are of. By default the one that the file's metadata or a configuration beside it names.")
    var directionsLayer: String?
    @Option(help: "What stands behind the directions: none, relu, topk or jumprelu. By default what the file says, or its tensors tell.")
    var directionsActivation: String?
    @Option(parsing: .unconditional, help: "The largest so many latents of a position are kept, with topk. By default what the file says.")
    var directionsK: Int?

    /// The network with the directions, and these; as it is where none are named. What was assumed is said on standard error.
    func insert(into network: ImageNetwork) throws -> (network: ImageNetwork, directions: Directions?) {
        guard let path = directions else {
            let given = [("layer", directionsLayer != nil), ("activation", directionsActivation != nil), ("k", directionsK != nil)]
            if let lonely = given.first(where: { $0.1 }) {
                throw Problem("--directions-\(lonely.0) goes with --directions", kind: .usage)
            }
            return (network, nil)
        }
        let found = try read(path, for: network)
        StandardError.write("Directions: \(found.summary)\n")
        for remark in found.remarks { StandardError.write("  \(remark)\n") }
        return (try network.inserting(found), found)
    }

    /// The directions in the file at `path`, as these options have them read.
    func read(_ path: String, for network: ImageNetwork) throws -> Directions {
        let words = ["none", "relu", "topk", "jumprelu"]
        if let word = directionsActivation, !words.contains(word) {
            throw Problem("--directions-activation “\(word)” is not known", explanation: "It takes \(words.joined(separator: ", ")).", kind: .usage)
        }
        if let directionsK { try require(directionsK, "--directions-k", in: 1...Directions.most) }
        if directionsK != nil, let word = directionsActivation, word != "topk" {
            throw Problem("--directions-k goes with topk, and --directions-activation is \(word)", kind: .usage)
        }
        return try Directions.read(path: path, for: network, told: .init(layer: directionsLayer, activation: directionsActivation, kept: directionsK))
    }
}

extension Directions {
    /// `names`, and the layer that they are if it is not among them.
    func added(to names: [String]) -> [String] { names.contains(name) ? names : names + [name] }

    func record(in options: inout RunOptions) throws {
        options.directions = path
        options.directionsHash = try FileHash.sha256(path: path)
        options.directionsSummary = summary
    }
}
