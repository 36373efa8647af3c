import Diagnostics
import Foundation

/// Files beside a model that hold its tensors. Their paths stay within the model's folder, whatever the model says
/// (onnx.ai, "ONNX External Data").
struct ExternalData {
    private let modelPath: String
    private let folder: URL
    private var files: [String: MappedFile] = [:]
    /// The files used so far, relative to the model's folder, in the order of use.
    private(set) var names: [String] = []

    init(modelPath: String) {
        self.modelPath = modelPath
        folder = URL(fileURLWithPath: modelPath).deletingLastPathComponent()
    }

    /// The `bytes` bytes of `tensor` at `place`: the keys `location`, `offset` and `length` of `external_data`.
    /// - Throws: `Problem` that names tensor and file when it lies outside the folder, is missing or too short.
    mutating func storage(
        tensor: String, place: [String: String], bytes: Int, elementType: ElementType
    ) throws -> TensorStorage {
        let modelPath = modelPath
        func refuse(_ what: String, _ remedy: String? = nil) -> Problem {
            Problem("cannot read '\(modelPath)': tensor '\(printable(tensor))' \(printable(what))", remedy: remedy)
        }
        guard let location = place["location"], !location.isEmpty else { throw refuse("names no file that holds its data") }
        func number(_ key: String) throws -> Int? {
            guard let text = place[key] else { return nil }
            guard let value = Int(text), value >= 0 else { throw refuse("has an impossible \(key) in '\(location)': \(text)") }
            return value
        }
        let offset = try number("offset") ?? 0
        if let length = try number("length"), length != bytes {
            throw refuse("has \(length) bytes of data in '\(location)', its shape asks for \(bytes)")
        }
        let file = try file(location, refuse)
        guard offset <= file.count, bytes <= file.count - offset else {
            throw refuse(
                "needs bytes \(offset) to \(offset.addingReportingOverflow(bytes).partialValue) of '\(location)', which has \(file.count)",
                "Fetch the file again: it may be incomplete.")
        }
        return TensorStorage(file, range: offset..<offset + bytes, elementType: elementType)
    }

    private mutating func file(_ location: String, _ refuse: (String, String?) -> Problem) throws -> MappedFile {
        if let known = files[location] { return known }
        let parts = location.split(separator: "/", omittingEmptySubsequences: false)
        guard !location.hasPrefix("/"), !location.contains("\0"), !location.contains("\\"),
            parts.allSatisfy({ $0 != ".." && !$0.isEmpty })
        else { throw refuse("has its data outside the model's folder: '\(location)'", nil) }
        let path = folder.appendingPathComponent(location).path
        let inside = folder.resolvingSymlinksInPath().path
        let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard FileManager.default.fileExists(atPath: path) else {
            throw refuse("has its data in '\(location)', which is not there", remedy(location))
        }
        guard resolved.hasPrefix(inside.hasSuffix("/") ? inside : inside + "/") else {
            throw refuse("has its data outside the model's folder: '\(location)' is a link", nil)
        }
        let file = try MappedFile(path: resolved)
        files[location] = file
        names.append(location)
        return file
    }

    /// What to do about a file that is missing: a file of the model's own name may be it.
    private func remedy(_ location: String) -> String {
        let base = URL(fileURLWithPath: modelPath)
        let near = [base.lastPathComponent, base.deletingPathExtension().lastPathComponent].flatMap { name in
            [".data", "_data", ".bin", ".weights"].map { name + $0 }
        }
        let found = near.first { $0 != location && FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path) }
        guard let found else { return "Put \(printable(location)) into the folder of the model; it was written together with it." }
        return "\(printable(found)) lies there: if that is it, give it the name \(printable(location)) again."
    }
}
