import Analysis
import Dataset
import Diagnostics
import Foundation
import Images
import Network
import Run

/// A run with the network it was made of, read again: the same checkpoint, byte for byte, the same preprocessing, the same layers.
struct ReopenedRun {
    let folder: RunFolder
    let manifest: RunManifest
    /// With the layers of what inhibits units, where the run has such.
    let network: ImageNetwork
    private let recorded: RecordedCommand?

    /// - Parameters:
    ///   - path: the run folder.
    ///   - checkpoint: where its checkpoint is now; nil for where it was.
    ///   - option: the option that names another place, for problems.
    /// - Throws: a `Problem` when the checkpoint is not there, or is another file than it was.
    init(_ path: String, checkpoint: String?, option: String) throws {
        folder = try RunFolder.open(at: path)
        guard let manifest = try folder.read(RunManifest.self, from: .manifest) else {
            throw Problem(
                "There is nothing in \(path) yet", explanation: "The run has not written \(RunPath.manifest).", remedy: "Run the analysis first.",
                kind: .usage)
        }
        self.manifest = manifest
        recorded = RecordedCommand(of: folder, manifest)
        let file = try Self.checkpoint(at: Self.places(checkpoint, recorded, folder, manifest), manifest, recorded?.prefix, path, option)
        network = try Self.network(file, manifest, recorded)
    }

    // MARK: The checkpoint

    private static func places(_ told: String?, _ recorded: RecordedCommand?, _ folder: RunFolder, _ manifest: RunManifest) -> [String] {
        if let told { return [told] }
        // Not recorded, or moved together with the run: by its name beside the run.
        let parent = URL(fileURLWithPath: folder.path).standardizedFileURL.deletingLastPathComponent()
        return (recorded.map { $0.places(of: $0.checkpoint) } ?? []) + [parent.appendingPathComponent(manifest.network.checkpoint.fileName).path]
    }

    /// The first of `places` that holds the run's checkpoint.
    private static func checkpoint(
        at places: [String], _ manifest: RunManifest, _ prefix: String?, _ run: String, _ option: String
    ) throws -> Checkpoint {
        let wanted = manifest.network.checkpoint
        let present = places.filter { FileManager.default.fileExists(atPath: $0) }
        guard let first = present.first else {
            throw Problem(
                "The checkpoint of \(run), \(wanted.fileName), is not at \(places[0])", explanation: "Its SHA-256 is \(wanted.sha256).",
                remedy: "Say where it is now with \(option) FILE.", kind: .usage)
        }
        let architecture = known(manifest.network.architecture)
        for place in present {
            // Recognised by its bytes before anything in it is believed.
            if (try? FileHash.sha256(path: place)) == wanted.sha256 {
                return try Checkpoint.read(path: place, prefix: prefix, architecture: architecture)
            }
            // Of one in several files the hash is that of all.
            guard let file = try? Checkpoint.read(path: place, prefix: prefix, architecture: architecture),
                (try? NetworkDescription.Checkpoint(file).sha256) == wanted.sha256
            else { continue }
            return file
        }
        let found = (try? FileHash.sha256(path: first)).map { ", and that of this file \($0)" } ?? ""
        throw Problem(
            "\(first) is not the checkpoint that \(run) was made of", explanation: "The run’s has the SHA-256 \(wanted.sha256)\(found).",
            remedy: "Say where the run’s own is with \(option) FILE, or make a report of this one.", kind: .usage)
    }

    /// The name that `--architecture` takes, where it is one: graphs bring their own.
    private static func known(_ architecture: String) -> String? { Architectures.all.contains { $0.name == architecture } ? architecture : nil }

    private static func network(_ file: Checkpoint, _ manifest: RunManifest, _ recorded: RecordedCommand?) throws -> ImageNetwork {
        let told = try ImageNetwork.Input.Stated(manifest.network.preprocessing)
        var network = try Architectures.network(
            file, architecture: known(manifest.network.architecture), output: manifest.options.output, told: [told])
        if let path = manifest.options.directions { network = try network.inserting(directions(at: path, for: network, manifest, recorded)) }
        for layer in manifest.options.layers {
            guard network.graph.index[layer] == nil, let original = NegatedLayer.original(of: layer) else { continue }
            network = try UnitDirection.negative.layers([original], of: network).network
        }
        let read = NetworkDescription.Preprocessing(network.input), wanted = manifest.network.preprocessing
        guard read.isSame(as: wanted) else {
            throw Problem(
                "Images cannot be prepared any more as they were for the run", explanation: "Then: \(wanted.words). Now: \(read.words).",
                remedy: "Make the run again with this version of Vitrine.")
        }
        return network
    }

    /// The run's directions, where they were when it was made.
    private static func directions(
        at path: String, for network: ImageNetwork, _ manifest: RunManifest, _ recorded: RecordedCommand?
    ) throws -> Directions {
        let places = recorded?.places(of: path) ?? [path]
        guard let place = places.first(where: { (try? FileHash.sha256(path: $0)) == manifest.options.directionsHash }) else {
            throw Problem(
                "The directions that the run was made with are not at \(path) any more",
                explanation: "Their SHA-256 is \(manifest.options.directionsHash ?? "not known").", remedy: "Put them back there.", kind: .usage)
        }
        let found = try recorded.map { try $0.directions.read(place, for: network) } ?? Directions.read(path: place, for: network)
        guard found.summary == manifest.options.directionsSummary else {
            throw Problem(
                "The directions at \(path) are read otherwise than they were for the run",
                explanation: "Then: \(manifest.options.directionsSummary ?? "not known"). Now: \(found.summary).",
                remedy: "Make the run again with this version of Vitrine.")
        }
        return found
    }

    // MARK: Images

    /// How files become pictures: as in the run.
    func decoding() throws -> ImageDecoding {
        let options = manifest.options
        return ImageDecoding(
            orientation: try options.orientation.map { name in
                guard let known = ImageDecoding.Orientation(rawValue: name) else {
                    throw Problem("\(folder.path) has pictures turned in a way that is not known: \(name)")
                }
                return known
            } ?? .upright, greyBits: options.greyBits)
    }

    /// The run's images where they were, or those at `path`; their classes are of no interest.
    /// - Throws: a `Problem` when they are not there, or no longer those of the run; `option` names the option for another place.
    func images(at path: String?, option: String) throws -> RealImages {
        let places = imagePlaces(path)
        // Archives can be named by a pattern: whether anything is there is found out by reading.
        var found: ImageFolder?, failure: (any Error)?
        for place in places where found == nil {
            do { found = try ImageFolder(path: place, decoding: decoding()) } catch { failure = failure ?? error }
        }
        guard let found else {
            let problem = failure as? Problem
            throw Problem(
                "The images of \(folder.path) cannot be found: \(problem?.summary ?? "\(places[0]) is not there")",
                remedy: "Say where they are now with \(option) FOLDER.", kind: .usage)
        }
        let real = RealImages(folder: found, preprocessing: try Preprocessing(network.input), labels: Array(repeating: nil, count: found.items.count))
        guard path != nil || real.listing == manifest.images.listing else {
            throw Problem(
                "\(found.path) does not hold the images of \(folder.path) any more",
                explanation: "There were \(manifest.images.found) images, and there are \(real.count); paths and sizes are compared.",
                remedy: "Say where they are with \(option) FOLDER; other images can be named there, too.", kind: .usage)
        }
        return real
    }

    private func imagePlaces(_ path: String?) -> [String] {
        path.map { [$0] } ?? recorded.map { $0.places(of: $0.images) } ?? [manifest.images.path]
    }

    /// As `images`, with their classes: as the run knew them, or as the file `labels` says.
    func labelledImages(at path: String?, labels: String?, option: String) throws -> LabelledImages {
        let found = try images(at: path, option: option)
        let file = labels ?? recorded.flatMap { recorded in
            recorded.labels.flatMap { label in recorded.places(of: label).first { FileManager.default.fileExists(atPath: $0) } }
        }
        return try LabelledImages(path: found.folder.path, labels: file, network: network, decoding: decoding())
    }
}
