import Analysis
import ArgumentParser
import Dataset
import Diagnostics
import Network
import Run

/// A network and labelled images: a checkpoint and a folder, or a run.
struct AblationSource: ParsableArguments {
    @Argument(help: "The checkpoint, where no run is named: PyTorch, safetensors or ONNX.") var checkpoint: String?
    @Option(name: .customLong("run"), help: "A run folder: its checkpoint, images, layers and concepts are taken.") var runFolder: String?
    @Option(help: "The images: folders of classes, a list or tar files. Those of the run by default.") var images: String?
    @Option(help: "The class names in the network's order: text, one per line, or JSON.") var labels: String?
    @OptionGroup var decoding: DecodingOptions
    @OptionGroup var reading: ReadingOptions<MainNetwork>
    @OptionGroup var preprocessing: PreprocessingOptions

    /// What is looked at.
    struct Subject {
        var network: ImageNetwork
        var checkpoint: NetworkDescription.Checkpoint
        var images: RealImages
        var classNames: [String]
        /// Looked at where no others are named.
        var layers: [String]
        /// Layers of the run that no class depends on, such as those turned round and those of directions.
        var idle: [String] = []
        var run: ReopenedRun?
    }

    /// Throws a `Problem` where something is not there, or too much is named.
    func load(besides out: String?) throws -> Subject {
        guard let runFolder else {
            guard let checkpoint, let images else {
                throw Problem(
                    "Whose units are to be switched off is not said",
                    remedy: "Name a run with --run, or a checkpoint and --images.", kind: .usage)
            }
            if let out {
                try Places.check([("--images", images), ("--out", out)], explanation: "Pages would be taken for pictures; nothing was changed.")
            }
            let file = try reading.checkpoint(at: checkpoint), network = try reading.network(of: file, preprocessing)
            network.writeWarnings()
            try network.requireClasses(for: "Counting what is right")
            let real = try LabelledImages(path: images, labels: labels, network: network, decoding: decoding.decoding())
            if let remark = real.namesRemark { StandardError.write("\(remark)\n") }
            return Subject(
                network: network, checkpoint: try .init(file), images: real.images, classNames: real.classNames, layers: network.reported)
        }
        if let given = reading.given ?? preprocessing.given ?? decoding.given {
            throw Problem("\(given) says how something is read, and the run says that already", remedy: "Leave it out.", kind: .usage)
        }
        if let out {
            try Places.check([("--run", runFolder), ("--out", out)], explanation: "Pages and run folder must be kept apart; nothing was changed.")
        }
        let run = try ReopenedRun(runFolder, checkpoint: checkpoint, option: "vitrine ablate")
        try run.network.requireClasses(for: "Counting what is right")
        let real = try run.labelledImages(at: images, labels: labels, option: "--images")
        let graph = run.network.graph, matters = try graph.areBefore([run.network.logits]), all = run.manifest.options.layers
        let layers = all.filter { graph.index[$0].map { matters[$0] } ?? false }
        return Subject(
            network: run.network, checkpoint: run.manifest.network.checkpoint, images: real.images, classNames: real.classNames, layers: layers,
            idle: all.filter { !layers.contains($0) }, run: run)
    }
}
