import Diagnostics
import Foundation
import Network
import Testing

/// Pickles that ask for code to run: each is refused by the name of what it asks for, and nothing runs.
@Suite struct PickleRefusalTests {
    @Test(arguments: [
        ("malicious-system.pt", "call `posix.system`"), ("malicious-system4.pt", "call `posix.system`"),
        ("malicious-eval-legacy.th", "call `__builtin__.eval`"), ("malicious-nested.pt", "call `__builtin__.exec`"),
        ("malicious-object.pt", "make an object of class `ctypes.CDLL`"),
    ])
    func callsAreRefusedByName(name: String, words: String) throws {
        let problem = #expect(throws: Problem.self) { try Checkpoint.read(path: CheckpointFixtures.path(name)) }
        #expect(problem?.summary.contains(words) == true, "\(String(describing: problem))")
        #expect(problem?.remedy?.contains("state_dict") == true)
        #expect(!FileManager.default.fileExists(atPath: "/tmp/vitrine-was-here"))
    }

    /// By hand, so that no pickler has a say in the form.
    @Test(arguments: [
        ("global", "cposix\nsystem\n(\u{58}\u{1}\u{0}\u{0}\u{0}xtR."),
        ("stack global", "\u{8C}\u{5}posix\u{8C}\u{6}system\u{93}(tR."),
        ("through the memo", "cposix\nsystem\nq\u{0}0h\u{0}(tR."),
        ("inside arguments of a known call", "ccollections\nOrderedDict\n((cposix\nsystem\n(tRetR."),
        ("as an argument's result", "ctorch._utils\n_rebuild_parameter\n(cposix\nsystem\n(tR\u{89}NtR."),
    ])
    func formsOfACall(form: String, pickle: String) throws {
        let bytes = pickle.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        let problem = try #require(try CheckpointFixtures.problem(reading: PickleBuilder.archive([0x80, 4] + bytes)), "\(form)")
        #expect(problem.summary.contains("posix.system") || problem.summary.contains("ends a group"), "\(form): \(problem)")
    }

    /// What is quoted from a file cannot steer the terminal.
    @Test func namesAreShownHarmlessly() throws {
        let pickle = Array("\u{80}\u{2}c\u{1B}[31mevil\nname\n)R.".unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        let problem = try #require(try CheckpointFixtures.problem(reading: PickleBuilder.archive(pickle)))
        #expect(problem.summary.contains("`?[31mevil.name`"), "\(problem)")

        let tensor = PickleBuilder.tensor(count: 1, shape: [2], strides: [1])
        let name = "\u{1B}[2J\u{202E}" + String(repeating: "x", count: 4000)
        let archive = PickleBuilder.archive(PickleBuilder.dictionary([(name, tensor)]), storages: [("0", [0, 0, 0, 0])])
        let other = try #require(try CheckpointFixtures.problem(reading: archive))
        #expect(other.summary.contains("tensor '?[2J?xxx"), "\(other)")
        #expect(other.summary.count < 1000)
    }
}
