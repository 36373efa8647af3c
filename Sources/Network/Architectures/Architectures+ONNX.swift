import Diagnostics

extension Architectures {
    /// The network of a checkpoint: an ONNX model's own, or the architecture named, or the one recognised from its tensors.
    /// - Throws: `Problem` when the model or the tensors make no network that is understood.
    public static func network(_ checkpoint: Checkpoint, architecture: String?) throws -> ImageNetwork {
        try network(checkpoint, architecture: architecture, inputSize: nil)
    }

    /// The same for images of `inputSize` (height, width), where an ONNX model leaves them open, and for the scores of classes in its output
    /// of the name `output`. What is left out is found out, and told in the network's `remarks`.
    /// - Throws: `Problem` when the model or the tensors make no network that is understood, or the model is for another size.
    public static func network(
        _ checkpoint: Checkpoint, architecture: String?, inputSize: [Int]?, output: String? = nil
    ) throws -> ImageNetwork {
        guard let model = checkpoint.model else {
            guard output == nil else {
                throw Problem("\(checkpoint.path) is no ONNX model: its output is known", remedy: "Leave --output out.", kind: .usage)
            }
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
        var network = try model.network(size: inputSize, output: output)
        network.nonFiniteTensors = try checkpoint.nonFiniteTensors()
        return network
    }
}
