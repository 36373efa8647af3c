import Diagnostics

extension Architectures {
    /// The network of a checkpoint: an ONNX model's own, or the architecture named, or the one recognised from its tensors.
    /// - Throws: `Problem` when the model or the tensors make no network that is understood.
    public static func network(_ checkpoint: Checkpoint, architecture: String?) throws -> ImageNetwork {
        try network(checkpoint, architecture: architecture, inputSize: nil)
    }

    /// The same for images of `inputSize` (height, width). An ONNX model that leaves its size open is made for it; without it, for
    /// 224 x 224.
    /// - Throws: `Problem` when the model or the tensors make no network that is understood, or the model is for another size.
    public static func network(_ checkpoint: Checkpoint, architecture: String?, inputSize: [Int]?) throws -> ImageNetwork {
        guard let model = checkpoint.model else {
            guard inputSize == nil else {
                throw Problem(
                    "\(checkpoint.path) is no ONNX model: the size of its images is known", remedy: "Leave the size out.", kind: .usage)
            }
            try checkpoint.requireOneNetwork()
            let tensors: any TensorSource = checkpoint
            var network = try network(tensors, architecture: architecture)
            network.unusedTensors += checkpoint.outside
            network.remarks = checkpoint.remarks
            return network
        }
        guard architecture == nil || architecture == "onnx" else {
            throw Problem(
                "\(checkpoint.path) is an ONNX model and brings its own network", remedy: "Leave --architecture out.", kind: .usage)
        }
        var network = try ONNXImport.network(model, size: inputSize)
        network.nonFiniteTensors = try checkpoint.nonFiniteTensors()
        network.remarks = checkpoint.remarks
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
