import Diagnostics
import Foundation
import Network
import Tensors
import Testing

/// The files that `make_fixtures.py` made, and what it expects of them.
enum CheckpointFixtures {
    static let folder = Bundle.module.bundleURL.appendingPathComponent("Fixtures/checkpoints").path

    static func path(_ name: String) -> String { folder + "/" + name }
    static func bytes(_ name: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path(name)))) }

    /// The names of all checkpoints and arrays, readable or not.
    static let names: [String] = {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return all.filter { !$0.hasSuffix(".json") && !$0.hasSuffix(".py") }.sorted()
    }()

    struct ExpectedTensor: Decodable {
        let name: String
        let shape: [Int]
        let type: String
        let values: [Float]
    }

    struct ExpectedCheckpoint: Decodable {
        let format: String
        let nesting: [String]
        let prefix: String
        let tensors: [ExpectedTensor]
        /// Names of tensors that are stored in parts.
        let computed: [String]?
        /// The class of a module that stands in place of a state dictionary.
        let module: String?
    }

    struct ExpectedArray: Decodable {
        let shape: [Int]
        let values: [Float]
    }

    private enum Expected: Decodable {
        case checkpoint(ExpectedCheckpoint), array(ExpectedArray)
        init(from decoder: any Decoder) throws {
            self =
                if let checkpoint = try? ExpectedCheckpoint(from: decoder) { .checkpoint(checkpoint) } else {
                    .array(try ExpectedArray(from: decoder))
                }
        }
    }

    private static let expected: [String: Expected] = {
        guard let data = FileManager.default.contents(atPath: path("expected.json")) else { return [:] }
        return (try? JSONDecoder().decode([String: Expected].self, from: data)) ?? [:]
    }()

    static let checkpoints: [String: ExpectedCheckpoint] = expected.compactMapValues {
        if case .checkpoint(let value) = $0 { value } else { nil }
    }
    /// Those that `make_wrappings.py` made.
    static let wrappings: [String: ExpectedCheckpoint] = {
        guard let data = FileManager.default.contents(atPath: path("expected-wrappings.json")) else { return [:] }
        return (try? JSONDecoder().decode([String: ExpectedCheckpoint].self, from: data)) ?? [:]
    }()
    static let arrays: [String: ExpectedArray] = expected.compactMapValues {
        if case .array(let value) = $0 { value } else { nil }
    }

    /// A name for a file that does not exist yet, in the folder for temporary files.
    static func temporaryPath() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("vitrine-test-\(UUID().uuidString)").path
    }

    /// Calls `body` with a file of these bytes, which is gone afterwards.
    static func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
        let path = temporaryPath()
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    /// Calls `body` with a new folder of these files, which is gone afterwards. Names may contain folders.
    static func withFolder<Result>(_ files: [String: [UInt8]], _ body: (String) throws -> Result) throws -> Result {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        for (name, bytes) in files {
            let url = URL(fileURLWithPath: path + "/" + name)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        }
        return try body(path)
    }

    /// The problem that reading a file of these bytes, with all its tensors, leads to; nil if there is none.
    static func problem(reading bytes: [UInt8]) throws -> Problem? { try withFile(bytes) { try problem(readingFile: $0) } }

    /// The problem that reading a file with all its tensors leads to; nil if there is none. Any other error is thrown on.
    static func problem(readingFile path: String) throws -> Problem? {
        do {
            if try FileHandle(forReadingFrom: URL(fileURLWithPath: path)).read(upToCount: 6)
                == Data([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59])
            {
                _ = try NumPyFile.read(path: path)
            } else {
                let checkpoint = try Checkpoint.read(path: path)
                for name in checkpoint.names { _ = try checkpoint.tensor(name) }
                _ = try checkpoint.nonFiniteTensors()
            }
            return nil
        } catch let problem as Problem {
            return problem
        }
    }
}
