import Foundation
import Testing

/// The built program, run as a person runs it.
enum Program {
    struct Outcome {
        var status: Int32
        var wasSignalled: Bool
        var output: String
        var errors: String
    }

    /// Runs `vitrine` in `folder` and waits for its end; with `killAfter`, sends SIGKILL after that time.
    static func run(
        _ arguments: [String], in folder: String, killAfter: Duration? = nil, environment: [String: String] = [:]
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try path())
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        // One for all tests: two runs choose alike only where they share it.
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["XDG_CACHE_HOME": NSTemporaryDirectory() + "vitrine-tests-cache"].merging(environment) { $1 }) { $1 }
        // Files rather than pipes: nobody has to read along.
        let token = UUID().uuidString
        let files = ["out", "err"].map { NSTemporaryDirectory() + "vitrine-\($0)-\(token)" }
        defer { for file in files { try? FileManager.default.removeItem(atPath: file) } }
        let handles = try files.map {
            try Data().write(to: URL(fileURLWithPath: $0))
            return try #require(FileHandle(forWritingAtPath: $0))
        }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handles[0]
        process.standardError = handles[1]
        try process.run()
        if let killAfter {
            let end = ContinuousClock.now + killAfter
            while process.isRunning, .now < end { usleep(500) }
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        process.waitUntilExit()
        let texts = try files.map { String(decoding: try Data(contentsOf: URL(fileURLWithPath: $0)), as: UTF8.self) }
        return Outcome(
            status: process.terminationStatus, wasSignalled: process.terminationReason == .uncaughtSignal, output: texts[0],
            errors: texts[1])
    }

    /// Runs `vitrine`, which must do as asked; returns its standard output.
    @discardableResult
    static func expectSuccess(_ arguments: [String], in folder: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try run(arguments, in: folder)
        #expect(
            outcome.status == 0 && !outcome.wasSignalled, "vitrine \(arguments.joined(separator: " ")): \(outcome.errors)",
            sourceLocation: sourceLocation)
        return outcome.output
    }

    /// The JSON object that `vitrine` prints.
    static func json(_ arguments: [String], in folder: String) throws -> [String: Any] {
        let text = try expectSuccess(arguments, in: folder)
        return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// The program lies beside the test bundle, which is where this code was loaded from.
    static func path() throws -> String {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        let bundle = try #require(
            maps.split(separator: "\n").first { $0.hasSuffix(".xctest") }?.split(separator: " ").last, "no test bundle is loaded")
        return URL(fileURLWithPath: String(bundle)).deletingLastPathComponent().appendingPathComponent("vitrine").path
    }
}
