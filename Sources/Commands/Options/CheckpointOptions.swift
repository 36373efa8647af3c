import ArgumentParser
import Network

/// The checkpoint a command works on, and how to read it.
struct CheckpointOptions: ParsableArguments {
    @Argument(help: "The checkpoint: PyTorch (.pt, .pth, .th), safetensors or ONNX. A pickle in it is read, never run.")
    var checkpoint: String
    @OptionGroup var reading: ReadingOptions<MainNetwork>
    @OptionGroup var preprocessing: PreprocessingOptions

    /// The network with the checkpoint's values.
    func load() throws -> (checkpoint: Checkpoint, network: ImageNetwork) {
        let file = try reading.checkpoint(at: checkpoint)
        return (file, try reading.network(of: file, preprocessing))
    }
}
