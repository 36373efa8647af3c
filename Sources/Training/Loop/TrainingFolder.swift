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

    private let options: TrainingOptions

    /// The folder at `path` for a training with `options`, made if it is missing. What is in it stays as it is until it is locked.
    ///
    /// - Throws: `Problem` when there is something else at `path`, or a training with other options, which are named.
    public init(at path: String, options: TrainingOptions) throws {
        guard !path.isEmpty else { throw Problem("--out has no value", explanation: "A path was expected.", kind: .usage) }
        (self.path, self.options) = (path, options)
        switch try FolderContent.of(path) {
        case .absent: try FolderContent.makeDirectory(path)
        case .empty: break
        case .entries(let names) where names.contains("options.json"): try check()
        // A process was killed before it had written the options.
        case .entries(let names) where names.allSatisfy(AtomicFile.isTemporary): break
        case .entries, .notAFolder:
            throw Problem(
                "\(path) is not a folder of a training", explanation: "It is not empty, and Vitrine did not make it; nothing was changed.",
                remedy: "Choose a folder that does not exist yet.", kind: .usage)
        }
    }

    /// Keeps the folder to this process as long as the result lives, and writes the options. Where another trains there, `progress` is told,
    /// and it is waited for.
    ///
    /// - Throws: `Problem` when the other trains, or has trained meanwhile, with other options, which are named.
    public func lock(_ progress: any ProgressReport) throws -> FolderLock {
        let lock = try FolderLock(path) {
            let differences = try recordedDifferences()
            guard differences.isEmpty else {
                throw Problem(
                    "Another process trains in \(path) with other options: \(differences.joined(separator: "; "))",
                    explanation: "A folder holds one training; nothing was changed.",
                    remedy: "Give another folder with --out, or wait for its end and give the same options.", kind: .usage)
            }
            progress.note("Another process trains in \(path): it is waited for")
        }
        // It was another's until now.
        try check()
        try lock.removeUnfinishedFiles()
        try AtomicFile.write(options.json, to: marker)
        return lock
    }

    /// Throws where a training with other options has begun here. What was refused before it began, or killed, says nothing of what is
    /// wanted now.
    private func check() throws {
        let differences = try recordedDifferences()
        guard differences.isEmpty || !FileManager.default.fileExists(atPath: last) else {
            let others = FileManager.default.fileExists(atPath: model) ? "; `vitrine train --from \(model)` goes on from its weights\(options.hasTeacher ? ", without the teacher" : "")" : ""
            throw Problem(
                "\(path) holds a training with other options: \(differences.joined(separator: "; "))",
                explanation: "A training goes on with the options it was begun with; nothing was changed.",
                remedy: "Give the same options, or another folder with --out\(others).", kind: .usage)
        }
    }

    /// How the options differ from those that are written here; empty where none are.
    private func recordedDifferences() throws -> [String] {
        guard FileManager.default.fileExists(atPath: marker) else { return [] }
        guard let bytes = try FileBytes.read(marker), let earlier = TrainingOptions(json: bytes) else {
            throw Problem("\(marker) is damaged", remedy: "Choose another folder with --out.")
        }
        return options.differences(from: earlier)
    }

    private var marker: String { path + "/options.json" }
    var last: String { path + "/last.safetensors" }
    public var best: String { path + "/best.safetensors" }
    public var model: String { path + "/model.safetensors" }
    public var log: String { path + "/log.csv" }
    public var agreement: String { path + "/agreement.csv" }
    public var curve: String { path + "/curve.svg" }
    /// For `AlgorithmChoices`.
    public var algorithmRecord: String { path + "/convolutions.json" }
}
