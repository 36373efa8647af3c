import ArgumentParser
import Diagnostics
import Foundation
import Network

struct ArchitecturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "architectures", abstract: "Lists the networks that are known by name.",
        discussion: """
            These names are what --architecture and --student take. A checkpoint of one of them is recognised without its name; ONNX models \
            and programs of torch.export need none. Those marked “to be named” have the same tensors as another network in the list, and are \
            read as that without --architecture.
            """)

    @Argument(help: "What names or titles are to contain, such as vit; all are listed by default.") var containing: String = ""
    @Flag(help: "JSON on standard output.") var json = false
    @OptionGroup var configuration: ConfigurationOption

    private struct Entry: Encodable {
        var name: String
        var displayName: String
        /// False where another architecture has the same tensors, and this one has to be named.
        var isRecognised: Bool
    }

    func run() throws {
        let wish = Self.plain(containing)
        let found = Architectures.all.filter { wish.isEmpty || Self.plain($0.name).contains(wish) || Self.plain($0.displayName).contains(wish) }
        // Says what is near.
        if found.isEmpty { _ = try Architectures.named(containing) }
        if json {
            return try JSONOutput.print(found.map { Entry(name: $0.name, displayName: $0.displayName, isRecognised: $0.isRecognised) })
        }
        let width = found.map(\.name.count).max() ?? 0
        try StandardOutput.print(
            found.map { each in
                each.name.padding(toLength: width, withPad: " ", startingAt: 0) + "  \(each.displayName)" + (each.isRecognised ? "" : "  (to be named)")
            }.joined(separator: "\n"))
    }

    private static func plain(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }
}
