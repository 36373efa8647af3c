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

    @OptionGroup var reading: ReadingOptions<MainNetwork>
    @OptionGroup var preprocessing: PreprocessingOptions
    @Option(help: "A checkpoint to start from; without it, a new network of --architecture. A classifier for another number of classes is initialised anew.") var from: String?
    @Option(
        help: """
            Comma-separated layers to put a template-matching block behind: every class owns some templates, which learn to \
            match its images.
            """)
    var templateBlock: CommaList?
    @Option(parsing: .unconditional, help: "Templates per class in each block.") var templates = 4
    @Flag(help: "The same blocks without class labels for templates: a control.") var unsupervised = false
    @Option(
        help: """
            What is to match templates of the image's class: image, the map averaged over positions, by cosines; or positions, \
            every one of them.
            """)
    var templateLabels: TemplateLabels = .image
    @Option(parsing: .unconditional, help: "The factor on the semantic vectors of matched templates before they are added. With few images 0.1 is better.")
    var alpha: Float = 1
    @OptionGroup var training: TrainingArguments

    func run() throws {
        try training.check()
        for line in idleOptions + training.idle { StandardError.write("Warning: \(line)\n") }
        let data = try TrainingData(training)
        var begin = try startingNetwork(data)
        try insertBlocks(into: &begin)
        let network = begin.network
        let settings = try training.settings(for: network)
        let options = TrainingOptions(
            [("architecture", network.architecture), ("from", begin.hash ?? "nothing")]
                + (network.toldPreprocessing.map { [("preprocessing", $0)] } ?? [])
                + (network.toldOutput.map { [("output", $0)] } ?? [])
                + (templateBlock.map {
                    [("template-block", $0.text), ("templates", "\(templates)"), ("unsupervised", "\(unsupervised)"), ("alpha", "\(alpha)")]
                } ?? [])
                // Earlier folders, whose labels were those of positions, say nothing about it.
                + (templateLabels == .image && !blocks(of: network).isEmpty ? [("template-labels", templateLabels.rawValue)] : [])
                + (try training.options(data)))
        let progress = training.compute.progress
        let pictures = try data.pictures(for: network, cacheMegabytes: training.cache, threads: try training.compute.threadCount())
        let folder = try TrainingFolder(at: training.out, options: options), lock = try folder.lock(progress)
        defer { withExtendedLifetime(lock) {} }
        let trainer = try Trainer(
            network, training: pictures.training, validation: pictures.validation, objectives: objectives(for: network),
            settings: settings, threads: try training.compute.threadCount(), algorithms: training.algorithms(in: folder), folder: folder,
            metadata: [
                "architecture": network.architecture, "classes": data.classNames.joined(separator: "\n"), "options": options.text,
            ].merging(network.notes) { $1 }, constants: begin.constants, fixed: begin.fixed)
        for remark in [studentRemark(network), begin.remark, begin.fixed.remark, training.rateRemark(for: network)].compactMap({ $0 }) { progress.note(remark) }
        progress.note(
            "\(network.displayName), \(data.count(pictures.training)), results in \(folder.path)"
                + (trainer.epochsDone > 0 ? ", \(CommandText.count(trainer.epochsDone, "epoch")) done already" : ""))
        StopNotice.install()
        try trainer.run(progress: progress)
        progress.note("The weights are in \(folder.model)")
    }

    /// What `distill` makes of the same name, where that is another network.
    private func studentRemark(_ network: ImageNetwork) -> String? {
        guard from == nil, let name = reading.architecture else { return nil }
        let other = PublishedPair.architecture(of: name)
        return other == name || other == network.architecture
            ? nil : "\(name) is \(network.displayName) here; `distill --student \(name)` makes another network, \(other)"
    }

    /// What was asked for and has no effect: a control that is none, for example.
    private var idleOptions: [String] {
        guard templateBlock == nil else {
            return unsupervised && templateLabels != .image ? ["--template-labels has no effect with --unsupervised"] : []
        }
        let given = [
            ("--templates", templates != 4), ("--unsupervised", unsupervised), ("--alpha", alpha != 1),
            ("--template-labels", templateLabels != .image && from == nil),
        ]
        return given.filter(\.1).map { "\($0.0) has no effect without --template-block" }
    }

    /// What training begins with.
    private struct Beginning {
        var network: ImageNetwork
        /// What does not learn.
        var fixed: FixedTensors
        /// Other tensors that stay as they are.
        var constants: [(String, Tensor)] = []
        /// What is to be said about it.
        var remark: String?
        /// The hash of the checkpoint.
        var hash: String?
    }

    /// The network that training begins with, for the classes of the images.
    private func startingNetwork(_ data: TrainingData) throws -> Beginning {
        let classes = data.classNames.count
        guard let from else {
            guard let architecture = reading.architecture else {
                throw Problem("No network is named", remedy: "Add --architecture, or --from with a checkpoint.", kind: .usage)
            }
            let values = try InitialValues(architecture: architecture, classes: classes, seed: training.seed)
            let network = try Architectures.network(values, architecture: architecture).told(reading.told(preprocessing))
            return Beginning(network: network, fixed: try FixedTensors(of: network, in: values))
        }
        let checkpoint = try reading.checkpoint(at: from)
        let network = try reading.network(of: checkpoint, preprocessing)
        network.writeWarnings()
        try network.refuseNonFinite(of: from)
        guard network.hasClasses || network.head.kind != .none else {
            let values = try InitialValues(classifierBehind: network, from: checkpoint, classes: classes, seed: training.seed)
            return try beginning(
                anew: network, of: checkpoint, values, remark: "\(from) has no classifier: one for \(CommandText.count(classes, "class", "classes")) begins anew")
        }
        let isOfOthers = network.wasTrained(onOtherClassesThan: data.classNames)
        guard network.classCount != classes || isOfOthers else {
            // What a file records about its templates goes along.
            let names = checkpoint.names.filter { name in network.templates.contains { name.hasPrefix($0.name + ".") } }
            return Beginning(
                network: network, fixed: try FixedTensors(of: network, in: checkpoint), constants: try names.map { ($0, try checkpoint.tensor($0)) },
                hash: try NetworkDescription.Checkpoint(checkpoint).sha256)
        }
        guard !network.templates.contains(where: { $0.classes != nil }) else {
            throw Problem(
                "\(from) has templates for \(network.classCount) classes, the images have \(isOfOthers && network.classCount == classes ? "others" : "\(classes)")",
                explanation: "Its templates belong to its own classes.", remedy: "Train on images of these classes.", kind: .usage)
        }
        let values = try InitialValues(classifierOf: network, from: checkpoint, classes: classes, seed: training.seed)
        return try beginning(
            anew: network, of: checkpoint, values,
            remark: network.classCount == classes
                ? "\(from) was trained on other classes of the same number: its classifier begins anew"
                : "\(from) is for \(network.classCount) classes, the images have \(classes): its classifier begins anew")
    }

    /// With `values` in place of those of `network`, whose images are prepared in the same way.
    private func beginning(anew network: ImageNetwork, of checkpoint: Checkpoint, _ values: InitialValues, remark: String) throws -> Beginning {
        var anew = try Architectures.network(values, architecture: network.architecture)
        (anew.input, anew.isToldOtherwise, anew.isPreparedOtherwise) = (network.input, network.isToldOtherwise, network.isPreparedOtherwise)
        return Beginning(network: anew, fixed: try FixedTensors(of: anew, in: values), remark: remark, hash: try NetworkDescription.Checkpoint(checkpoint).sha256)
    }

    private func insertBlocks(into begin: inout Beginning) throws {
        guard let templateBlock else { return }
        let layers = templateBlock.items
        guard !layers.isEmpty else { throw Problem("--template-block names no layer", kind: .usage) }
        for layer in layers {
            var random = RandomSource(seed: training.seed, stream: "template block/\(layer)")
            let block = try TemplateBlock(
                behind: layer, of: begin.network, perClass: templates, isSupervised: !unsupervised, alpha: alpha, random: &random)
            begin.network = try begin.network.inserting(block)
            begin.constants += block.tensors.map { ($0.name, $0.tensor) }
        }
    }

    /// Blocks whose templates belong to classes, and how many to each.
    private func blocks(of network: ImageNetwork) -> [(block: TemplateDescription, perClass: Int)] {
        network.templates.filter { $0.kind == .templateBlock }.compactMap { block in block.perClass.map { (block, $0) } }
    }

    /// Cross-entropy of the logits, and of every block whose templates belong to classes.
    private func objectives(for network: ImageNetwork) -> [any Objective] {
        [LabelObjective(layer: network.logits)]
            + blocks(of: network).map { block, perClass -> any Objective in
                switch templateLabels {
                case .image: TemplateLabelObjective(block, templatesPerClass: perClass)
                case .positions: LabelObjective(name: block.name, layer: block.scores, templatesPerClass: perClass)
                }
            }
    }
}

/// What labels are compared with templates.
enum TemplateLabels: String, ExpressibleByArgument, CaseIterable { case image, positions }
