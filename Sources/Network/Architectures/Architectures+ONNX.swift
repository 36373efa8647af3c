import Diagnostics

extension Architectures {
    /// The network of a checkpoint: an ONNX model's own, or the architecture named, or the one recognised from its tensors.
    /// - Throws: `Problem` when the model or the tensors make no network that is understood.
    public static func network(_ checkpoint: Checkpoint, architecture: String?) throws -> ImageNetwork {
        try network(checkpoint, architecture: architecture, inputSize: nil)
    }

    /// The same for images of `inputSize` (height, width), and for the classes in an ONNX model's output of the name `output`.
    /// - Throws: `Problem` when the model or the tensors make no network that is understood, or the model is for another size.
    public static func network(
        _ checkpoint: Checkpoint, architecture: String?, inputSize: [Int]?, output: String? = nil
    ) throws -> ImageNetwork {
        var told = ImageNetwork.Input.Stated(.told)
        told.size = inputSize
        return try network(checkpoint, architecture: architecture, output: output, told: [told])
    }

    /// The same with what is `told` of its preprocessing; the rest is taken from what lies beside the checkpoint, from its notes, from the
    /// graph, or is the family's default. Of several the last goes first.
    /// - Throws: `Problem` when the model or the tensors make no network that is understood, or what is told does not fit it.
    public static func network(
        _ checkpoint: Checkpoint, architecture: String?, output: String? = nil, told: [ImageNetwork.Input.Stated]
    ) throws -> ImageNetwork {
        let sources = InputSources(checkpoint, told: told)
        guard let model = checkpoint.model else {
            guard output == nil else {
                throw Problem(
                    "\(checkpoint.path) is no ONNX model: it has one output, the classes", remedy: "Leave --output out.", kind: .usage)
            }
            try checkpoint.requireOneNetwork()
            let tensors: any TensorSource = checkpoint, plain = TemplateTensors(tensors).rest
            // What trained here says which it is. timm's names are ours behind a prefix where another library has the same network under
            // other names.
            let noted = [checkpoint.metadata["architecture"]] + (sources.architecture.map { ["timm_\($0)", $0] } ?? [])
            let named = architecture ?? noted.compactMap { $0 }.first { name in all.contains { $0.name == name && $0.fits(plain) } }
            var network = try network(tensors, architecture: named)
            network.unusedTensors += checkpoint.outside
            network.doubtClasses(beside: checkpoint.outside)
            network.remarks = []
            try sources.apply(to: &network)
            let isSizeKnown = ![.habit, .assumed].contains(network.input.source(of: .size))
            let assumptions = network.assumptions.filter { $0 != network.sizeAssumption || !isSizeKnown }
            network.remarks = checkpoint.remarks + assumptions.map { "Assumed: \($0)" } + network.remarks
            return network
        }
        guard architecture == nil || architecture == "onnx" else {
            throw Problem(
                "\(checkpoint.path) is a model that brings its own network", remedy: "Leave --architecture out.", kind: .usage)
        }
        var network = try model.network(size: sources.size, output: output)
        network.toldOutput = output
        network.nonFiniteTensors = try checkpoint.nonFiniteTensors()
        network.remarks = checkpoint.remarks + network.remarks
        try sources.apply(to: &network)
        return network
    }
}

extension Checkpoint {
    /// Throws a `Problem` that lists the networks in the file, if there are several and none was chosen.
    func requireOneNetwork() throws {
        guard candidates.count > 1 else { return }
        let listed = candidates.prefix(8).map(\.description).joined(separator: "; ")
        throw Problem(
            "'\(path)' holds \(candidates.count) networks",
            explanation: "They are \(listed)\(candidates.count > 8 ? " and others" : "").",
            remedy: "Choose one with --prefix, such as --prefix \(printable(candidates[0].prefix))", kind: .usage)
    }
}
