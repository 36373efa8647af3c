import Analysis
import ArgumentParser
import Diagnostics
import Network
import Run
import Tensors

struct ActivationsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activations", abstract: "Writes every unit's maximum and mean activation on every image as safetensors.",
        discussion: """
            The file holds maximum/<layer> and mean/<layer>: the largest and the mean activation over each image's map, images x units in \
            float32. Its metadata name the rows and say where they come from: images, labels, classes, skipped and layers are JSON. Images \
            that cannot be read have no row. The file is written while images are read, in memory that does not grow with them.
            """)

    @OptionGroup var source: CheckpointOptions
    @OptionGroup var given: ImageOptions
    @OptionGroup var directions: DirectionOptions
    @Option(help: "Comma-separated layers; those of a report by default. `vitrine inspect` lists them.") var layers: CommaList?
    @Option(name: [.customShort("o"), .long], help: "The safetensors file to write.") var out: String
    @OptionGroup var numbers: PrecisionOption
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        let threads = try compute.threadCount(), progress = compute.progress
        try numbers.check()
        try OutputFile.check(out)
        try Places.check([("--images", given.images), ("--out", out)], explanation: "It would be taken for an image; nothing was changed.")
        let (checkpoint, plain) = try source.load()
        plain.writeWarnings()
        let (network, found) = try directions.insert(into: plain)
        let chosen = layers?.items ?? network.reported
        let names = found?.added(to: chosen) ?? chosen
        guard !chosen.isEmpty else { throw Problem("--layers names no layer", kind: .usage) }
        if let twice = names.first(where: { name in names.filter { $0 == name }.count > 1 }) {
            throw Problem("--layers names \(twice) twice", kind: .usage)
        }
        for name in names { _ = try network.graph.node(named: name) }
        let real = try given.load(for: network)
        var metadata = [
            "format": "vitrine-activations", "format_version": "1", "tool": "Vitrine \(Version.current)", "engine": OneDNN.version,
            "architecture": network.architecture, "checkpoint_sha256": try NetworkDescription.Checkpoint(checkpoint).sha256,
            "command": CommandText.current,
        ]
        if let found {
            metadata["directions"] = found.summary
            metadata["directions_sha256"] = try FileHash.sha256(path: found.path)
            if let names = found.names { metadata["direction_names"] = try JSONOutput.text(names) }
        }
        metadata["classes"] = try JSONOutput.text(real.classNames)
        let result = try ActivationTable(network: network, images: real.images, layers: names, threads: threads, precision: numbers.precision)
            .write(to: out, metadata: metadata, progress: progress)
        for item in result.skipped { progress.note("Skipped \(item.path): \(item.reason)") }
        progress.note("\(out): \(result.images) images x \(result.units.map(String.init).joined(separator: " + ")) units, maximum and mean")
    }
}
