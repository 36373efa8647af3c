import Diagnostics
import Foundation
import Network
import Tensors

/// The file that a training goes on from: values, running statistics and momentum as tensors, and the state as JSON among the
/// file's notes, so that all of it changes at once.
enum TrainingCheckpoint {
    private static let momentumPrefix = "momentum."
    private static let stateKey = "training_state"

    static func write(
        _ learned: LearnedValues, momentum: UnsafePointer<Float>, state: TrainingState, metadata: [String: String], to path: String
    ) throws {
        let momenta = learned.trained.map { item in
            (momentumPrefix + item.name, Tensor(shape: item.shape, values: Array(UnsafeBufferPointer(start: momentum + item.offset, count: item.shape.count))))
        }
        try Safetensors.write(
            learned.tensors() + momenta, metadata: metadata.merging([stateKey: try state.json]) { $1 }, to: path)
    }

    /// Sets values and momentum from the file at `path`, and returns its state. Throws a `Problem` when it is damaged or of another
    /// network.
    static func restore(_ learned: LearnedValues, momentum: UnsafeMutablePointer<Float>, from path: String) throws -> TrainingState {
        let file: Checkpoint
        do { file = try Checkpoint.read(path: path) } catch let problem as Problem {
            throw Problem(
                "The state that the training would go on from is damaged: \(path)", explanation: problem.summary + ".",
                remedy: "Remove it to begin anew, or choose another folder with --out.")
        }
        guard let text = file.metadata[stateKey] else {
            throw Problem("\(path) does not say where training was", remedy: "Choose another folder with --out.")
        }
        let state = try TrainingState(json: text, path: path)
        var values: [String: Tensor] = [:]
        for item in learned.trained + learned.statistics { values[item.name] = try file.tensor(item.name) }
        try learned.set(values)
        for item in learned.trained {
            let tensor = try file.tensor(momentumPrefix + item.name)
            guard tensor.shape == item.shape else {
                throw Problem("\(path): the tensor \(momentumPrefix)\(item.name) is \(tensor.shape) and should be \(item.shape)")
            }
            (momentum + item.offset).update(from: tensor.values, count: tensor.values.count)
        }
        return state
    }
}
