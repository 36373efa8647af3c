import ArgumentParser
import Dataset
import Diagnostics
import Network
import Run
import Tensors
import Training

struct DictionaryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dictionary", abstract: "Trains a sparse autoencoder on a layer's activations, for `report --directions`.",
        discussion: """
            A TopK sparse autoencoder: at every position of the layer the k latents with the largest scores are kept, and the decoder is to make \
            the layer's channels of them again. Positions of all images are sampled at random into bounded memory, then gone through in epochs. \
            The file holds W_enc, b_enc, W_dec, b_dec by the names of SAELens, and in its metadata the layer and k: \
            `report --directions FILE` needs nothing else.
            """)

    @OptionGroup var source: CheckpointOptions
    @OptionGroup var given: ImageOptions
    @Option(help: "The layer. `vitrine inspect` lists them.") var layer: String
    @Option(parsing: .unconditional, help: "Latents of the dictionary; by default four times the layer's channels.") var latents: Int?
    @Option(parsing: .unconditional, help: "Latents that are active at a position, at most.") var k = 8
    @Option(parsing: .unconditional, help: "Passes over the sampled positions.") var epochs = 20
    @Option(parsing: .unconditional, help: "Positions in a step.") var batch = 1024
    @Option(parsing: .unconditional, help: "The peak learning rate of Adam.") var learningRate: Float = 2e-3
    @Option(parsing: .unconditional, help: "Memory for sampled positions, in MiB.") var sample = 128
    @OptionGroup var seed: SeedOption
    @Option(name: [.customShort("o"), .long], help: "The safetensors file to write.") var out: String
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        let threads = try compute.threadCount(), progress = compute.progress
        try require(epochs, "--epochs", in: 1...10_000)
        try require(batch, "--batch", in: 16...65_536)
        try require(sample, "--sample", in: 1...65_536)
        try require(latents, "--latents", in: 1...Directions.most)
        try require(k, "--k", in: 1...Directions.most)
        try require(learningRate > 0 && learningRate <= 1, "--learning-rate", takes: "a number above 0, up to 1")
        try OutputFile.check(out)
        try Places.check([("--images", given.images), ("--out", out)], explanation: "It would be taken for an image; nothing was changed.")
        let (checkpoint, network) = try source.load()
        network.writeWarnings()
        let node = try network.graph.node(named: layer)
        guard node > 0 else { throw Problem("\(layer) is the image itself", remedy: "Name a layer; `vitrine inspect` lists them.", kind: .usage) }
        let channels = try network.graph.mapShapes(input: network.input.shape)[node][0]
        var settings = DictionarySettings(latents: latents ?? min(4 * channels, Directions.most), active: k)
        (settings.epochs, settings.batch, settings.learningRate) = (epochs, batch, learningRate)
        (settings.sampleMegabytes, settings.seed) = (sample, seed.seed)
        let trainer = try DictionaryTrainer(channels: channels, settings: settings)
        let loaded = try given.load(for: network).images
        let images = RealImages(
            folder: loaded.folder, preprocessing: loaded.preprocessing, labels: Array(repeating: nil, count: loaded.folder.items.count))
        let sha256 = try NetworkDescription.Checkpoint(checkpoint).sha256
        let features = try NetworkFeatures(
            of: Teacher(network, fileName: checkpoint.path, sha256: sha256), layer: layer, images: images, classNames: [], threads: threads)
        progress.note("\(settings.latents) latents of \(layer) (\(channels) channels), \(k) of them active at a position; \(images.count) images")
        OneDNN.useThreads(threads)
        let trained = try trainer.train(on: features, progress: progress)
        for item in features.skipped { progress.note("Skipped \(item.path): \(item.reason)") }
        try Safetensors.write(
            trained.tensors,
            metadata: [
                "format": "vitrine-dictionary", "format_version": "1", "tool": "Vitrine \(Version.current)", "engine": OneDNN.version,
                "architecture": network.architecture, "checkpoint_sha256": sha256, "layer": layer, "activation": "topk", "k": String(k),
                "apply_b_dec_to_input": "true", "normalize_activations": "none", "images": String(images.count - features.skipped.count),
                "positions": String(trained.rows), "epochs": String(epochs), "batch": String(batch), "learning_rate": String(learningRate),
                "seed": String(seed.seed), "explained_variance": String(trained.explainedVariance), "command": CommandText.current,
            ], to: out)
        let explained = (trained.explainedVariance * 1000).rounded() / 10
        progress.note(
            "\(out): explains \(explained) % of the variance of \(trained.rows) sampled positions in the last epoch, \(trained.dead) latents dead")
    }
}
