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
            let tensors: any TensorSource = checkpoint
            return try network(tensors, architecture: architecture)
        }
        guard architecture == nil || architecture == "onnx" else {
            throw Problem(
                "\(checkpoint.path) is an ONNX model and brings its own network", remedy: "Leave --architecture out.", kind: .usage)
        }
        var network = try ONNXImport.network(model, size: inputSize)
        network.nonFiniteTensors = try checkpoint.nonFiniteTensors()
        return network
    }
}
