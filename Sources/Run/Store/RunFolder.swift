import Diagnostics
import FoundationEssentials
import Glibc

/// A folder with everything a run has found out, written by the analysis as soon as it is known and read by the site.
///
/// Every file is written whole or not at all, so the folder can be read, resumed and copied at any time.
public struct RunFolder: Sendable, Hashable {
    /// As given.
    public let path: String

    /// The file that makes a folder ours.
    static let marker = ".vitrine-run"

    /// The run folder that is, or will be, at `path`: nothing is looked at, and nothing made. Throws a usage `Problem` for an empty path.
    public init(planned path: String) throws { self.init(path: try Self.trimmed(path)) }

    private init(path: String) { self.path = path }

    /// True where it is a run folder already.
    public var isThere: Bool { access(path + "/" + Self.marker, F_OK) == 0 }

    /// The run folder at `path`, made if it is missing, together with its parents.
    ///
    /// - Throws: `Problem` when there is something else at `path` that we did not make (it is left as it is), or the place
    ///   is read-only or full.
    @discardableResult
    public static func create(at path: String) throws -> RunFolder {
        let folder = RunFolder(path: try trimmed(path))
        switch try FolderContent.of(folder.path) {
        case .absent: try FolderContent.makeDirectory(folder.path)
        case .empty: break
        case .entries(let names) where names.contains(marker): return folder
        // A process was killed before it had written the marker.
        case .entries(let names) where names.allSatisfy(AtomicFile.isTemporary): break
        case .entries, .notAFolder:
            throw Problem(
                "\(path) is not a run folder", explanation: "It is not empty, and Vitrine did not make it; nothing was changed.",
                remedy: "Choose a folder that does not exist yet.", kind: .usage)
        }
        do { try AtomicFile.write(Array("A run folder of Vitrine.\n".utf8), to: folder.path + "/" + marker) } catch {
            // Another process made it at the same time, and tidied up.
            guard folder.isThere else { throw error }
        }
        return folder
    }

    /// The run folder at `path`, which must be there.
    ///
    /// - Throws: `Problem` when it is missing or not a run folder.
    public static func open(at path: String) throws -> RunFolder {
        let folder = RunFolder(path: try trimmed(path))
        switch try FolderContent.of(folder.path) {
        case .entries(let names) where names.contains(marker): return folder
        case .absent:
            throw Problem("there is no run folder at \(path)", remedy: "Check the path, or run the analysis first.", kind: .usage)
        case .empty, .entries, .notAFolder:
            throw Problem(
                "\(path) is not a run folder", explanation: "A run folder has a file \(marker) in it.",
                remedy: "Name the folder that the analysis wrote.", kind: .usage)
        }
    }

    /// Writes `document` to `path`: JSON with sorted keys under a header with the document's kind and version. Equal
    /// documents give equal bytes.
    ///
    /// - Throws: `Problem` when the file cannot be written.
    public func write<D: Document>(_ document: D, to path: RunPath) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        var bytes: [UInt8]
        do { bytes = try [UInt8](encoder.encode(Envelope(content: document))) } catch {
            throw Problem("cannot write \(full(path)): \(error)")
        }
        bytes.append(UInt8(ascii: "\n"))
        try writeBytes(bytes, to: path)
    }

    /// The document at `path`, or nil when there is none.
    ///
    /// - Throws: `Problem` when the file is damaged, holds another kind of document, or a version that this program does
    ///   not know.
    public func read<D: Document>(_ kind: D.Type = D.self, from path: RunPath) throws -> D? {
        guard let bytes = try readBytes(path) else { return nil }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return try decoder.decode(Envelope<D>.self, from: Data(bytes)).content
        } catch let mismatch as EnvelopeMismatch {
            throw Problem(
                "cannot read \(full(path)): \(mismatch.found), not \(D.kind) version \(D.formatVersion)",
                explanation: "It was written by another version of Vitrine, or another file took its place.",
                remedy: "Use the version that made the run, or run the analysis again into a new folder.")
        } catch {
            throw Problem(
                "cannot read \(full(path)): it is damaged", explanation: Self.place(of: error),
                remedy: "Remove the file and run the analysis again: it fills in what is missing.")
        }
    }

    /// Writes `bytes` to `path`, whole or not at all, making the folders on the way.
    ///
    /// - Throws: `Problem` when the file cannot be written.
    public func writeBytes(_ bytes: [UInt8], to path: RunPath) throws {
        let file = full(path)
        if let slash = file.lastIndex(of: "/") { try FolderContent.makeDirectory(String(file[..<slash])) }
        try AtomicFile.write(bytes, to: file)
    }

    /// The bytes at `path`, or nil when there is no such file.
    ///
    /// - Throws: `Problem` when the file is there but cannot be read.
    public func readBytes(_ path: RunPath) throws -> [UInt8]? {
        if let bytes = try FileBytes.read(full(path)) { return bytes }
        guard let earlier = path.earlier else { return nil }
        return try FileBytes.read("\(self.path)/\(earlier)")
    }

    /// True when there is something at `path`.
    public func exists(_ path: RunPath) -> Bool {
        access(full(path), F_OK) == 0 || path.earlier.map { access("\(self.path)/\($0)", F_OK) == 0 } ?? false
    }

    /// Removes the temporary files that a killed process left behind. Only for who holds the folder's `RunLock`: they could
    /// be files that another process is writing.
    public func removeTemporaries() throws { try Self.removeTemporaries(in: path) }

    private static func removeTemporaries(in path: String) throws {
        guard case .entries(let names) = try FolderContent.of(path) else { return }
        for name in names {
            let inner = path + "/" + name
            if AtomicFile.isTemporary(name) {
                unlink(inner)
            } else if FolderContent.isDirectory(inner) {
                try removeTemporaries(in: inner)
            }
        }
    }

    /// The year in which the run in this folder was begun; this year where there is none yet.
    public var yearOfRun: Int {
        let noted = (try? read(RunManifest.self, from: .manifest))?.year
        return noted ?? Calendar(identifier: .gregorian).component(.year, from: Date())
    }

    /// Where `path` lies in the file system.
    public func full(_ path: RunPath) -> String { self.path + "/" + path.description }

    private static func trimmed(_ path: String) throws -> String {
        guard !path.isEmpty else { throw Problem("the run folder has no name", kind: .usage) }
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// `units.3.mean`, say, for the place where decoding stopped.
    private static func place(of error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, let context):
            let place = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
            return "“\(key.stringValue)” is missing" + (place.isEmpty ? "" : " (in \(place))")
        case .dataCorrupted(let context), .typeMismatch(_, let context),
            .valueNotFound(_, let context):
            let place = context.codingPath.dropFirst().map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
            return context.debugDescription + (place.isEmpty ? "" : " (at \(place))")
        @unknown default: return "\(error)"
        }
    }
}
