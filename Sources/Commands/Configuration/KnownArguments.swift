import ArgumentParser
import Foundation

/// What the parser knows of a verb's arguments: what they are called, and what values they take.
struct KnownArguments {
    enum Value { case text, whole, natural, decimal, list }

    enum Kind {
        case positional
        case option(Value, isRepeating: Bool, takesRest: Bool)
        /// `inversion` says the opposite, such as `--no-flip`.
        case flag(inversion: String?)
    }

    struct Argument {
        /// The key in a file: the long name without dashes, or that of a positional argument.
        var key: String
        /// As the command line has them, dashes included.
        var names: [String]
        var kind: Kind
    }

    /// In the order of help, without those that are not for files.
    let arguments: [Argument]

    init(_ verb: any ParsableCommand.Type) throws {
        let dump = try JSONDecoder().decode(Dump.self, from: Data(verb._dumpHelp().utf8)).command.arguments ?? []
        let flags = Set(dump.filter { $0.kind == "flag" }.flatMap(\.longNames))
        // The dump does not tell types, the declarations do not tell names: both are in the order of the declarations.
        var types = Self.types(in: verb.init())[...]
        arguments = dump.compactMap { argument in
            let type = argument.kind == "flag" ? nil : types.popFirst()
            guard let key = argument.longNames.first ?? argument.valueName, !["help", "version", "config"].contains(key) else { return nil }
            let kind: Kind
            switch argument.kind {
            case "positional": kind = .positional
            case "flag":
                guard !(key.hasPrefix("no-") && flags.contains(String(key.dropFirst(3)))) else { return nil }
                kind = .flag(inversion: flags.contains("no-" + key) ? "--no-" + key : nil)
            default:
                kind = .option(
                    type.map(Self.value) ?? .text, isRepeating: argument.isRepeating,
                    takesRest: argument.parsingStrategy == "upToNextOption")
            }
            return Argument(key: key, names: (argument.names ?? []).map(\.word), kind: kind)
        }
    }

    /// The argument of a key in a file.
    subscript(key: String) -> Argument? { arguments.first { $0.key == key || $0.names.contains("--" + key) } }

    /// The argument that a word of a command line names, dashes included.
    func named(_ word: some StringProtocol) -> Argument? {
        arguments.first {
            if case .flag(let inversion?) = $0.kind, inversion == word { return true }
            return $0.names.contains { $0 == word }
        }
    }

    /// The types of options and positional arguments, group after group.
    private static func types(in declarations: Any) -> [Any.Type] {
        Mirror(reflecting: declarations).children.flatMap { child -> [Any.Type] in
            switch child.value {
            case let group as any DeclaredGroup: types(in: Swift.type(of: group).declarations())
            case let value as any DeclaredValue: [Swift.type(of: value).declaredType]
            default: []
            }
        }
    }

    private static func value(_ type: Any.Type) -> Value {
        switch type {
        case is Int.Type, is Int?.Type: .whole
        case is UInt64.Type, is UInt64?.Type: .natural
        case is Float.Type, is Float?.Type, is Double.Type, is Double?.Type: .decimal
        case is CommaList.Type, is CommaList?.Type: .list
        default: .text
        }
    }

    /// What of the parser's own description (`--experimental-dump-help`) is used here.
    private struct Dump: Decodable {
        var command: Command

        struct Command: Decodable {
            var arguments: [Argument]?
        }

        struct Argument: Decodable {
            var kind: String
            var names: [Name]?
            var valueName: String?
            var isRepeating: Bool
            var parsingStrategy: String

            var longNames: [String] { (names ?? []).filter { $0.kind == "long" }.map(\.name) }
        }

        struct Name: Decodable {
            var kind: String
            var name: String

            var word: String { (kind == "long" ? "--" : "-") + name }
        }
    }
}

private protocol DeclaredGroup {
    static func declarations() -> Any
}

private protocol DeclaredValue {
    static var declaredType: Any.Type { get }
}

extension OptionGroup: DeclaredGroup {
    fileprivate static func declarations() -> Any { Value() }
}

extension Option: DeclaredValue {
    fileprivate static var declaredType: Any.Type { Value.self }
}

extension Argument: DeclaredValue {
    fileprivate static var declaredType: Any.Type { Value.self }
}
