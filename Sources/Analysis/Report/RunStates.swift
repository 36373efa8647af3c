import Foundation
import Run

/// What a run keeps of work under way: bytes under a name, with a seal. A state that is damaged, or that of a run with other options, is
/// not used.
struct RunStates: Sendable {
    let folder: RunFolder
    /// Of all that results depend on; 64 bytes.
    let fingerprint: [UInt8]

    /// What was kept under `name`; nil when there is nothing that can be used.
    func read(_ name: String) throws -> [UInt8]? {
        guard let bytes = try folder.readBytes(.state(name)), bytes.count >= 128, Array(bytes[64..<128]) == fingerprint,
            Self.hash(Array(bytes[64...])) == Array(bytes[..<64])
        else { return nil }
        return Array(bytes[128...])
    }

    /// Keeps `bytes` under `name`.
    func write(_ name: String, _ bytes: [UInt8]) throws {
        let content = fingerprint + bytes
        try folder.writeBytes(Self.hash(content) + content, to: .state(name))
    }

    /// What was kept under `name` is of no more use.
    func remove(_ name: String) { try? FileManager.default.removeItem(atPath: folder.full(.state(name))) }

    private static func hash(_ bytes: [UInt8]) -> [UInt8] { Array(FileHash.sha256(bytes).utf8) }
}
