public import Diagnostics
import Foundation

/// The folder of a training: everything needed to go on after a kill, and what comes of it.
///
///     options.json        what was asked for; another command is refused
///     last.safetensors    the state to go on from: weights, running statistics, momentum, and where training is
///     best.safetensors    the weights that were best on the validation images
///     model.safetensors   the weights after the last epoch
///     log.csv, curve.svg  what happened, an epoch a line
///     agreement.csv       with a teacher: for how many images both name the same class, an epoch and class a line
///     convolutions.json   which algorithms were chosen
///
/// Every file is written whole or not at all.
public struct TrainingFolder: Sendable {
    public let path: String

    /// The folder at `path` for a training with `options`, made if it is missing.
    ///
    /// - Throws: `Problem` when there is something else at `path`, or a training with other options, which are named.
    public init(at path: String, options: TrainingOptions) throws {
        guard !path.isEmpty else { throw Problem("--out has no value", explanation: "A path was expected.", kind: .usage) }
        self.path = path
        let marker = path + "/options.json"
        switch try FolderContent.of(path) {
        case .absent: try FolderContent.makeDirectory(path)
        case .empty: break
        case .entries(let names) where names.contains("options.json"):
            guard let bytes = try FileBytes.read(marker), let earlier = TrainingOptions(json: bytes) else {
                throw Problem("\(marker) is damaged", remedy: "Choose another folder with --out.")
            }
            let differences = options.differences(from: earlier)
            // What was refused before it began, or killed, says nothing of what is wanted now.
            guard differences.isEmpty || !FileManager.default.fileExists(atPath: path + "/last.safetensors") else {
                throw Problem(
                    "\(path) holds a training with other options: \(differences.joined(separator: "; "))",
                    explanation: "A training goes on with the options it was begun with; nothing was changed.",
                    remedy: "Give the same options, or another folder with --out.", kind: .usage)
            }
            guard !differences.isEmpty else { return }
        // A process was killed before it had written the options.
        case .entries(let names) where names.allSatisfy(AtomicFile.isTemporary): break
        case .entries, .notAFolder:
            throw Problem(
                "\(path) is not a folder of a training", explanation: "It is not empty, and Vitrine did not make it; nothing was changed.",
                remedy: "Choose a folder that does not exist yet.", kind: .usage)
        }
        try AtomicFile.write(options.json, to: marker)
    }

    /// Keeps the folder to this process as long as the result lives. Where another trains there, `progress` is told, and it is waited for.
    public func lock(_ progress: any ProgressReport) throws -> FolderLock {
        try FolderLock(path) { progress.note("Another process trains in \(path): it is waited for") }
    }

    var last: String { path + "/last.safetensors" }
    public var best: String { path + "/best.safetensors" }
    public var model: String { path + "/model.safetensors" }
    public var log: String { path + "/log.csv" }
    public var agreement: String { path + "/agreement.csv" }
    public var curve: String { path + "/curve.svg" }
    /// For `AlgorithmChoices`.
    public var algorithmRecord: String { path + "/convolutions.json" }
}
