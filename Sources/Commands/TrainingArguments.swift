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
    @Option(help: "The images to learn from, a folder a class.") var images: String
    @Option(help: "Images to count after every epoch, in folders of the same names.") var validation: String?
    @Option(parsing: .unconditional, help: "How often every image is learned from.") var epochs: Int
    @Option(parsing: .unconditional, help: "Images in a step.") var batch = 64
    @Option(parsing: .unconditional, help: "The learning rate of the first epochs.") var learningRate: Float = 0.05
    @Option(
        parsing: .unconditional,
        help: """
            Epochs after which the learning rate is divided by ten, separated by commas; none for a constant one. By default after 5/8, \
            3/4 and 7/8 of all.
            """)
    var milestones: String?
    @Option(parsing: .unconditional, help: "Weight decay, of all values.") var weightDecay: Float = 5e-4
    @Option(parsing: .unconditional, help: "Nesterov's momentum.") var momentum: Float = 0.9
    @Option(parsing: .unconditional, help: "Pixels by which images are moved at random, their edges reflected; 0 for none.") var shift = 4
    @Flag(inversion: .prefixedNo, help: "Mirror every other image.") var flip = true
    @Option(parsing: .unconditional, help: "The seed of everything random.") var seed: UInt64 = 0
    @Option(parsing: .unconditional, help: "Learn from the first images of each class only.") var limitPerClass: Int?
    @Option(parsing: .unconditional, help: "Memory for decoded images, in MB; others are decoded in every epoch.") var cache = 2048
    @Flag(inversion: .prefixedNo, help: "Compute 3 x 3 convolutions by Winograd's way where that is faster here.") var winograd = true
    @Option(name: .shortAndLong, help: "The folder for weights, log and curve. The same command goes on where it was stopped.") var out: String
    @OptionGroup var decoding: DecodingOptions
    @OptionGroup var compute: ComputeOptions

    /// Throws a usage `Problem` that names the first option whose value makes no sense.
    func check() throws {
        func require(_ isSensible: Bool, _ option: String, _ expected: String) throws {
            guard isSensible else { throw Problem("\(option) takes \(expected)", kind: .usage) }
        }
        try require((1...100_000).contains(epochs), "--epochs", "a number from 1 to 100000")
        try require((1...4096).contains(batch), "--batch", "a number from 1 to 4096")
        try require(learningRate > 0 && learningRate <= 1000, "--learning-rate", "a positive number")
        try require(weightDecay >= 0 && weightDecay <= 1000, "--weight-decay", "a number that is not negative")
        try require(momentum >= 0 && momentum < 1, "--momentum", "a number from 0 to below 1")
        try require((0...1024).contains(shift), "--shift", "a number from 0 to 1024")
        try require(limitPerClass.map { $0 > 0 } ?? true, "--limit-per-class", "a positive number")
        try require((0...1 << 24).contains(cache), "--cache", "a number of megabytes")
        _ = try rates()
        _ = try decoding.decoding()
        _ = try compute.threadCount()
        for place in [("--images", images)] + (validation.map { [("--validation", $0)] } ?? []) {
            try Places.check([place, ("--out", out)], explanation: "Images and results must be kept apart; nothing was changed.")
        }
    }

    func rates() throws -> LearningRateSteps {
        guard let milestones else { return LearningRateSteps(initial: learningRate, scaledTo: epochs) }
        if milestones == "none" { return LearningRateSteps(initial: learningRate) }
        let numbers = milestones.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard !numbers.contains(where: { $0.map { $0 < 0 } ?? true }) else {
            throw Problem("--milestones takes numbers of epochs separated by commas, or none: “\(milestones)” is neither", kind: .usage)
        }
        return LearningRateSteps(initial: learningRate, milestones: numbers.compactMap { $0 }.sorted())
    }

    func settings(for network: ImageNetwork) throws -> Trainer.Settings {
        guard shift < network.input.size.min() ?? 1 else {
            throw Problem("--shift \(shift) is not less than the images' sides, \(network.input.size[0]) x \(network.input.size[1])", kind: .usage)
        }
        var settings = Trainer.Settings(epochs: epochs, rates: try rates())
        settings.batchSize = batch
        (settings.descent.momentum, settings.descent.weightDecay) = (momentum, weightDecay)
        settings.augmentation = Augmentation(shift: shift, flips: flip)
        settings.seed = seed
        return settings
    }

    /// Choices that stay with the training.
    func algorithms(in folder: TrainingFolder) -> AlgorithmChoices? { winograd ? AlgorithmChoices(record: folder.algorithmRecord) : nil }

    /// The images, as options that a result depends on; of files, what is in them rather than where they are.
    func options(_ data: TrainingData) throws -> [(name: String, value: String)] {
        let rates = try rates()
        return [
            ("images", data.training.summary), ("validation", data.validation?.summary ?? "none"), ("epochs", "\(epochs)"),
            ("batch", "\(batch)"), ("learning-rate", "\(learningRate)"),
            ("milestones", rates.milestones.isEmpty ? "none" : rates.milestones.map(String.init).joined(separator: ",")),
            ("weight-decay", "\(weightDecay)"), ("momentum", "\(momentum)"), ("shift", "\(shift)"), ("flip", "\(flip)"),
            ("seed", "\(seed)"), ("winograd", "\(winograd)"), ("threads", "\(try compute.threadCount())"),
        ]
    }
}

/// The images of a training and their classes.
struct TrainingData {
    let training: ImageFolder
    let validation: ImageFolder?
    /// The class of every folder.
    let classOfFolder: [Int]
    /// The folder of every class.
    let classNames: [String]

    /// Throws a `Problem` when images are in no class folders, or training and validation have other folders, which are named.
    init(_ arguments: TrainingArguments) throws {
        let decoding = try arguments.decoding.decoding()
        let all = try ImageFolder(path: arguments.images, decoding: decoding)
        guard all.classNames.count > 1 else {
            throw Problem(
                "The images of \(arguments.images) are in \(all.classNames.isEmpty ? "no folders" : "one folder, \(all.classNames[0])")",
                explanation: "A folder of images for each of at least two classes was expected.", kind: .usage)
        }
        training = arguments.limitPerClass.map { all.limited(toPerClass: $0) } ?? all
        validation = try arguments.validation.map { try ImageFolder(path: $0, decoding: decoding) }
        if let validation, validation.classNames != all.classNames {
            func missing(_ names: [String], in others: [String], _ option: String) -> String? {
                let only = names.filter { !others.contains($0) }
                guard !only.isEmpty else { return nil }
                return "only \(option) has \(only.prefix(10).joined(separator: ", "))" + (only.count > 10 ? " and \(only.count - 10) others" : "")
            }
            let differences = [
                missing(all.classNames, in: validation.classNames, "--images"), missing(validation.classNames, in: all.classNames, "--validation"),
            ]
            throw Problem(
                "The class folders of --images and --validation differ: \(differences.compactMap { $0 }.joined(separator: "; "))",
                explanation: "Both need a folder with images for each class, of the same name.", kind: .usage)
        }
        // As every other command takes folders for classes.
        let count = all.classNames.count
        let match = try Labels.match(classCount: count, folders: all.classNames, labels: nil)
        for line in all.remarks() + (validation?.remarks() ?? []) + [match.warning].compactMap({ $0 }) {
            StandardError.write("Warning: \(line)\n")
        }
        classOfFolder = match.classOfFolder.enumerated().map { $1 ?? $0 }
        var names = all.classNames
        for (folder, number) in classOfFolder.enumerated() { names[number] = all.classNames[folder] }
        classNames = names
    }

    /// The pictures as `network` wants them; a share of the memory goes to each folder by its images. Those that cannot be read are left
    /// out, and named on standard error.
    func pictures(
        for network: ImageNetwork, cacheMegabytes: Int, threads: Int
    ) throws -> (training: LabelledPictures, validation: LabelledPictures?) {
        let preprocessing = try Preprocessing(network.input)
        let bytes = cacheMegabytes << 20, all = training.items.count + (validation?.items.count ?? 0)
        func pictures(_ folder: ImageFolder) throws -> LabelledPictures {
            let pictures = try LabelledPictures(
                folder, classes: classOfFolder, preprocessing: preprocessing,
                cacheBytes: Int(Double(bytes) * Double(folder.items.count) / Double(all)))
            for item in try pictures.leaveOutBroken(threads: threads) { StandardError.write("Skipped \(item.path): \(item.reason)\n") }
            return pictures
        }
        return (try pictures(training), try validation.map(pictures))
    }
}

extension ImageFolder {
    /// How many images it has, and the beginning of a fingerprint of their paths and sizes.
    var summary: String {
        let listing = items.map { "\($0.relativePath)\t\($0.fileSize)\n" }.joined() + decoding.identity
        return "\(items.count) images in \(classNames.count) folders (\(FileHash.sha256(Array(listing.utf8)).prefix(16)))"
    }
}
