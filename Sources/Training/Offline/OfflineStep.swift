import Diagnostics
import Foundation
import Network
import Run
import Tensors

/// One step of the offline part and the files of its result: `<name>.safetensors`, whose metadata hold everything that the result
/// follows from; `<name>.json`, what a person wants to know of it; and, while it is under way, `<name>.state.safetensors`. Where these are
/// of other inputs, such as another student's, they stay, and the result has files of its own beside them: `<name>-<hash of the inputs>`.
struct OfflineStep {
    private let folder: String
    /// What the result follows from.
    private let inputs: [String: String]
    /// The path of its files, without an ending.
    private let stem: String
    /// The first of the inputs that is another in the file of the plain name, with both values; nil where that is this result's.
    private let difference: String?

    init(folder: String, name: String, inputs: [String: String]) {
        self.folder = folder
        self.inputs = inputs
        let plain = "\(folder)/\(name)"
        difference = [plain + Self.ending, plain + Self.stateEnding].lazy.compactMap { Self.metadata(of: $0) }.first.flatMap { found in
            // What another version made is of no use to anybody.
            found["step"] == inputs["step"] ? Self.difference(found, inputs) : nil
        }
        let listing = inputs.keys.sorted().map { "\($0)=\(inputs[$0] ?? "")" }.joined(separator: "\u{0}")
        stem = difference == nil ? plain : "\(plain)-\(FileHash.sha256(Array(listing.utf8)).prefix(12))"
    }

    private static let ending = ".safetensors", stateEnding = ".state.safetensors"

    private var path: String { stem + Self.ending }
    private var statePath: String { stem + Self.stateEnding }

    /// The result if it is there and follows from the same inputs. Where it follows from others, or is damaged, `progress` is told so, and
    /// nil is returned.
    func result(progress: any ProgressReport) throws -> Checkpoint? {
        guard isPresent(path) else {
            if let difference { progress.note("What is in \(folder) was made with another \(difference): it stays, and this is made beside it") }
            return nil
        }
        guard let file = try? Checkpoint.read(path: path), file.isFinite, file.isUnchanged else {
            progress.note("\(path) is damaged: it is made again")
            return nil
        }
        guard let difference = Self.difference(file.metadata, inputs) else { return file }
        progress.note("\(path) was made with another \(difference): it is made again")
        return nil
    }

    /// Where the step stopped, if that is known, not damaged, and its inputs are the same.
    func state() throws -> Checkpoint? {
        guard isPresent(statePath), let file = try? Checkpoint.read(path: statePath), file.isFinite else { return nil }
        return Self.difference(file.metadata, inputs) == nil ? file : nil
    }

    func save(state tensors: [(String, Tensor)], notes: [String: String]) throws {
        try Safetensors.write(tensors, metadata: inputs.merging(notes) { $1 }, to: statePath)
    }

    /// Keeps the result; what is known of the way there is removed.
    func save(_ tensors: [(String, Tensor)], notes: [String: String] = [:], summary: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        try AtomicFile.write([UInt8](encoder.encode(summary)) + [UInt8(ascii: "\n")], to: stem + ".json")
        let made = ["engine": OneDNN.version, Checkpoint.valuesNote: Checkpoint.hash(of: tensors)].merging(notes) { $1 }
        try Safetensors.write(tensors, metadata: made.merging(inputs) { $1 }, to: path)
        if isPresent(statePath) { try? FileManager.default.removeItem(atPath: statePath) }
    }

    /// The hash of the result's file, for steps that follow from it.
    func hash() throws -> String { try FileHash.sha256(path: path) }

    private func isPresent(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Nil where there is no file, or a damaged one.
    private static func metadata(of path: String) -> [String: String]? {
        FileManager.default.fileExists(atPath: path) ? try? Checkpoint.read(path: path).metadata : nil
    }

    /// The first input by name that is not what it was, with both values.
    private static func difference(_ metadata: [String: String], _ inputs: [String: String]) -> String? {
        guard let key = inputs.keys.sorted().first(where: { metadata[$0] != inputs[$0] }) else { return nil }
        func shown(_ value: String?) -> String {
            let text = (value ?? "nothing").split(separator: "\n").joined(separator: ", ")
            return text.count > 60 ? text.prefix(57) + "..." : text
        }
        return "\(key): \(shown(metadata[key])), not \(shown(inputs[key]))"
    }
}

extension Checkpoint {
    /// True where all tensors of our own file are numbers.
    fileprivate var isFinite: Bool {
        names.allSatisfy { name in (try? tensor(name)).map { $0.values.allSatisfy(\.isFinite) } ?? false }
    }

    /// What a file's metadata call the hash of its values.
    fileprivate static let valuesNote = "values"

    /// True where the values are those that were written, as far as the file says what these were.
    fileprivate var isUnchanged: Bool {
        guard let noted = metadata[Self.valuesNote] else { return true }
        let tensors = names.compactMap { name in (try? tensor(name)).map { (name, $0) } }
        return Self.hash(of: tensors) == noted
    }

    /// A hash of names, shapes and values, in whatever order they come.
    fileprivate static func hash(of tensors: [(String, Tensor)]) -> String {
        var hash = RunningHash()
        for (name, tensor) in tensors.sorted(by: { $0.0 < $1.0 }) {
            Array("\(name) \(tensor.shape)\n".utf8).withUnsafeBytes { hash.update($0) }
            tensor.values.withUnsafeBytes { hash.update($0) }
        }
        return hash.finish()
    }

    /// The values of a tensor of our own file, whose shape must be `shape`; nil stands for an extent that can be anything.
    ///
    /// - Throws: `Problem` when there is no such tensor or it has another shape.
    func values(_ name: String, _ shape: [Int?]) throws -> Tensor {
        let tensor = try tensor(name)
        let found = tensor.shape.dimensions
        guard found.count == shape.count, zip(found, shape).allSatisfy({ $1 == nil || $0 == $1 }) else {
            throw damaged("'\(name)' has the shape \(tensor.shape)")
        }
        return tensor
    }

    func note(_ key: String) throws -> Int {
        guard let number = metadata[key].flatMap({ Int($0) }) else { throw damaged("it does not say '\(key)'") }
        return number
    }

    func numbers(_ key: String) throws -> [Double] {
        let numbers = (metadata[key] ?? "").split(separator: " ").map { Double($0) }
        guard !numbers.isEmpty, numbers.allSatisfy({ $0 != nil }) else { throw damaged("it does not say '\(key)'") }
        return numbers.compactMap { $0 }
    }

    func counts(_ key: String, _ count: Int) throws -> [Int] {
        let numbers = (metadata[key] ?? "").split(separator: " ").map { Int($0) }
        guard numbers.count == count, numbers.allSatisfy({ $0 != nil }) else { throw damaged("'\(key)' are not \(count) numbers") }
        return numbers.compactMap { $0 }
    }

    private func damaged(_ what: String) -> Problem {
        Problem("\(path) is damaged: \(what)", remedy: "Remove the file: it is made again.")
    }
}
