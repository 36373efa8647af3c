import ArgumentParser
import Diagnostics
import Foundation
import Images
import Network
import Run
import Tensors
import Training

/// What every training is asked: images, epochs, steps, and where its results go.
struct TrainingArguments: ParsableArguments {
    @Option(help: "The training images, one folder per class.") var images: String
    @Option(help: "Validation images, evaluated after every epoch, in folders of the same names.") var validation: String?
    @Option(parsing: .unconditional, help: "Passes over the training images; 240 by default, as published for distillation.") var epochs = 240
    @Option(parsing: .unconditional, help: "Images per step.") var batch = 64
    @Option(
        parsing: .unconditional,
        help: "The initial learning rate: 0.05 by default, and as published 0.01 for the students MobileNetV2 and ShuffleNet for CIFAR.")
    var learningRate: Float?
    @Option(
        parsing: .unconditional,
        help: """
            Comma-separated epochs after which the learning rate is divided by ten; none for a constant one. By default after 5/8, \
            3/4 and 7/8 of all.
            """)
    var milestones: CommaList?
    @Option(parsing: .unconditional, help: "Weight decay, on all parameters.") var weightDecay: Float = 5e-4
    @Option(parsing: .unconditional, help: "Nesterov's momentum.") var momentum: Float = 0.9
    @Option(parsing: .unconditional, help: "Random shift of images by up to this many pixels, with reflected edges; 0 for none.") var shift = 4
    @Flag(inversion: .prefixedNo, help: "Flip every other image horizontally.") var flip = true
    @OptionGroup var seedOption: SeedOption
    @Option(parsing: .unconditional, help: "Train on the first images of each class only.") var limitPerClass: Int?
    @Option(parsing: .unconditional, help: "Memory for decoded images, in MB; the others are decoded in every epoch.") var cache = 2048
    @OptionGroup var convolutions: WinogradOption
    @Option(name: .shortAndLong, help: "The folder for weights, log and curve. The same command resumes where it was stopped.") var out: String
    @OptionGroup var decoding: DecodingOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var configuration: ConfigurationOption

    static let usualRate: Float = 0.05

    var seed: UInt64 { seedOption.seed }

    /// Throws a usage `Problem` that names the first option whose value makes no sense.
    ///
    /// - Parameter others: options besides --out for folders of results, with their values.
    func check(besides others: [(option: String, path: String)] = []) throws {
        try require(epochs, "--epochs", in: 1...100_000)
        try require(batch, "--batch", in: 1...4096)
        try require(learningRate.map { $0 > 0 && $0 <= 1000 } ?? true, "--learning-rate", takes: "a positive number up to 1000")
        try require(weightDecay >= 0 && weightDecay <= 1000, "--weight-decay", takes: "a number from 0 to 1000")
        try require(momentum >= 0 && momentum < 1, "--momentum", takes: "a number from 0 to below 1")
        try require(shift, "--shift", in: 0...1024)
        try require(limitPerClass.map { $0 > 0 } ?? true, "--limit-per-class", takes: "a positive number")
        try require((0...1 << 24).contains(cache), "--cache", takes: "megabytes, up to \(1 << 24)")
        _ = try rates()
        _ = try decoding.decoding()
        _ = try compute.threadCount()
        for place in [("--images", images)] + (validation.map { [("--validation", $0)] } ?? []) {
            for results in [("--out", out)] + others {
                try Places.check([place, results], explanation: "Images and results must be kept apart; nothing was changed.")
            }
        }
    }

    /// - Parameter usual: the learning rate where none is given.
    func rates(usual: Float = Self.usualRate) throws -> LearningRateSteps {
        let learningRate = learningRate ?? usual
        guard let milestones = milestones?.text else { return LearningRateSteps(initial: learningRate, scaledTo: epochs) }
        if milestones == "none" { return LearningRateSteps(initial: learningRate) }
        let numbers = milestones.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard !numbers.contains(where: { $0.map { $0 < 0 } ?? true }) else {
            throw Problem("--milestones takes numbers of epochs separated by commas, or none: “\(milestones)” is neither", kind: .usage)
        }
        return LearningRateSteps(initial: learningRate, milestones: numbers.compactMap { $0 }.sorted())
    }

    /// What was asked for and has no effect, a line each.
    var idle: [String] {
        let late = (try? rates().milestones.filter { $0 >= epochs }) ?? []
        guard milestones != nil, !late.isEmpty else { return [] }
        let numbers = late.map(String.init).joined(separator: ", ")
        return ["--milestones \(numbers) \(late.count == 1 ? "has" : "have") no effect: training ends after \(CommandText.count(epochs, "epoch"))"]
    }

    /// What is to be said of a learning rate that nobody chose; nil where the network is of the kind that it is for.
    func rateRemark(for network: ImageNetwork, usual: Float = Self.usualRate) -> String? {
        guard learningRate == nil, network.graph.nodes.contains(where: { $0.operation is LayerNormalization }) else { return nil }
        return "Learning rate \(usual) is the default, for networks with batch normalisation, and \(network.displayName) has layer normalisation: "
            + "where its loss does not fall, try a --learning-rate ten times smaller"
    }

    func settings(for network: ImageNetwork, usualRate: Float = Self.usualRate) throws -> Trainer.Settings {
        guard shift < network.input.size.min() ?? 1 else {
            throw Problem("--shift \(shift) is not less than the images' sides, \(network.input.size[0]) x \(network.input.size[1])", kind: .usage)
        }
        var settings = Trainer.Settings(epochs: epochs, rates: try rates(usual: usualRate))
        settings.batchSize = batch
        (settings.descent.momentum, settings.descent.weightDecay) = (momentum, weightDecay)
        settings.augmentation = Augmentation(shift: shift, flips: flip)
        settings.seed = seed
        return settings
    }

    /// Choices that stay with the training.
    func algorithms(in folder: TrainingFolder) -> AlgorithmChoices? {
        convolutions.winograd ? AlgorithmChoices(record: folder.algorithmRecord) : nil
    }

    /// The images, as options that a result depends on; of files, what is in them rather than where they are.
    func options(_ data: TrainingData, usualRate: Float = Self.usualRate) throws -> [(name: String, value: String)] {
        let rates = try rates(usual: usualRate)
        return [
            ("images", data.training.summary), ("validation", data.validation?.summary ?? "none"), ("epochs", "\(epochs)"),
            ("batch", "\(batch)"), ("learning-rate", "\(rates.initial)"),
            ("milestones", rates.milestones.isEmpty ? "none" : rates.milestones.map(String.init).joined(separator: ",")),
            ("weight-decay", "\(weightDecay)"), ("momentum", "\(momentum)"), ("shift", "\(shift)"), ("flip", "\(flip)"),
            ("seed", "\(seed)"), ("winograd", "\(convolutions.winograd)"), ("threads", "\(try compute.threadCount())"),
        ]
    }
}
