import ArgumentParser
import Diagnostics
import Foundation
import Network
import Run
import Tensors
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Trains a network on labelled images.",
        discussion: """
            Stochastic gradient descent with Nesterov's momentum, images moved and mirrored at random. The folder --out gets the weights \
            after the last epoch (model.safetensors), the best on the validation images (best.safetensors), a log and a curve. A training \
            that was stopped goes on from its last state with the same command, to the same bytes.
            """)

    @Option(name: .shortAndLong, help: "The network, such as cifar_resnet20: a new one, or that of --from.") var architecture: String?
    @Option(help: "A checkpoint to begin with. A classifier for another number of classes begins anew.") var from: String?
    @OptionGroup var training: TrainingArguments

    func run() throws {
        try training.check()
        let data = try TrainingData(training)
        let begin = try startingNetwork(data)
        let network = begin.network
        let settings = try training.settings(for: network)
        let options = TrainingOptions(
            [("architecture", network.architecture), ("from", try from.map { try FileHash.sha256(path: $0) } ?? "nothing")]
                + (try training.options(data)))
        let progress = TerminalProgress.make(quiet: training.compute.quiet)
        let pictures = try data.pictures(for: network, cacheMegabytes: training.cache)
        let folder = try TrainingFolder(at: training.out, options: options)
        let trainer = try Trainer(
            network, training: pictures.training, validation: pictures.validation, objectives: [LabelObjective(layer: network.logits)],
            settings: settings, threads: try training.compute.threadCount(), folder: folder,
            metadata: [
                "architecture": network.architecture, "classes": data.classNames.joined(separator: "\n"), "options": options.text,
            ])
        if let remark = begin.remark { progress.note(remark) }
        progress.note(
            "\(network.displayName), \(pictures.training.count) images of \(data.classNames.count) classes, results in \(folder.path)"
                + (trainer.epochsDone > 0 ? ", \(trainer.epochsDone) epochs are there already" : ""))
        StopNotice.install()
        try trainer.run(progress: progress)
        progress.note("The weights are in \(folder.model)")
    }

    /// The network that training begins with, for the classes of the images, and what is to be said about it.
    private func startingNetwork(_ data: TrainingData) throws -> (network: ImageNetwork, remark: String?) {
        let classes = data.classNames.count
        guard let from else {
            guard let architecture else {
                throw Problem("No network is named", remedy: "Add --architecture, or --from with a checkpoint.", kind: .usage)
            }
            let values = try InitialValues(architecture: architecture, classes: classes, seed: training.seed)
            return (try Architectures.network(values, architecture: architecture), nil)
        }
        let checkpoint = try Checkpoint.read(path: from)
        let network = try Architectures.network(checkpoint, architecture: architecture)
        network.writeWarnings()
        if network.classCount == classes { return (network, nil) }
        let values = try InitialValues(classifierOf: network, from: checkpoint, classes: classes, seed: training.seed)
        return (
            try Architectures.network(values, architecture: network.architecture),
            "\(from) is for \(network.classCount) classes, the images have \(classes): its classifier begins anew"
        )
    }
}
