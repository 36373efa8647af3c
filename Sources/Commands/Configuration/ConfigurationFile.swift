import ArgumentParser
import Diagnostics
import Foundation
import Yams

/// A YAML file with the arguments of a verb: their long names without dashes as keys. It becomes words of the command line, so that the
/// parser alone knows what there is, what it may be and what it is when nobody says.
struct ConfigurationFile {
    private let path: String
    private let mapping: Node.Mapping

    /// The words of a command line, without the program, as they are to be parsed: where they name a file with `--config`, what is in it
    /// stands behind the verb, but for what the person says otherwise.
    /// - Throws: `Problem` for what is not YAML, for keys that are not known and for values of the wrong kind.
    static func expanding(_ words: [String], verbs: [any ParsableCommand.Type]) throws -> [String] {
        guard let name = words.first, let verb = verbs.first(where: { $0.configuration.commandName == name }) else { return words }
        let known = try KnownArguments(verb)
        let given = GivenArguments(words.dropFirst(), of: known)
        guard let file = given.file else { return words }
        // Last, `--config` ends what takes all words up to the next option.
        return try [name] + ConfigurationFile(file, verb: name).words(of: known, besides: given.keys) + ["--config=" + file] + given.rest
    }

    private init(_ path: String, verb: String) throws {
        self.path = path
        guard let mapping = try (Self.node(path, what: "configuration") ?? Node([(Node, Node)]())).mapping else {
            throw Problem("The configuration \(path) is not a list of `name: value` lines", kind: .usage)
        }
        self.mapping = mapping
    }

    /// What a YAML file holds; nil for nothing.
    ///
    /// - Parameter what: what the file is called in errors.
    /// - Throws: `Problem` for what is not YAML.
    static func node(_ path: String, what: String) throws -> Node? {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Problem("The \(what) \(path) cannot be read", explanation: "A YAML file was expected.", remedy: "Check the path.", kind: .usage)
        }
        guard data.count < 1 << 20 else { throw Problem("The \(what) \(path) is larger than 1 MB", kind: .usage) }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Problem("The \(what) \(path) is not UTF-8 text", remedy: "Save it as UTF-8.", kind: .usage)
        }
        do { return try Yams.compose(yaml: text) } catch {
            throw Problem("The \(what) \(path) cannot be read", explanation: explain(error), kind: .usage)
        }
    }

    /// What the file says as words of a command line, without the arguments whose keys are in `given`.
    private func words(of known: KnownArguments, besides given: Set<String>) throws -> [String] {
        var options: [String] = [], positional: [String] = []
        for (key, value) in mapping {
            let name = key.string ?? "that is a list"
            guard let argument = known[name] else {
                let keys = known.arguments.map(\.key), near = nearestNames(to: name, among: keys)
                throw Problem(
                    "The configuration \(path) has an unknown key “\(name)”",
                    explanation: near.isEmpty ? "Known are \(keys.joined(separator: ", "))." : "Did you mean \(near.joined(separator: ", "))?",
                    kind: .usage)
            }
            // Written without a value: as if it were not there.
            guard value.null == nil else { continue }
            let words = try words(of: argument, value)
            guard !given.contains(argument.key) else { continue }
            if case .positional = argument.kind { positional += words } else { options += words }
        }
        return positional + options
    }

    private func words(of argument: KnownArguments.Argument, _ value: Node) throws -> [String] {
        let key = argument.key
        switch argument.kind {
        case .positional: return [try text(value, key)]
        case .flag(let inversion):
            guard let isSet = value.bool else { throw wrongKind(key, "true or false") }
            return isSet ? ["--" + key] : [inversion].compactMap { $0 }
        case .option(_, isRepeating: true, _):
            return try (value.sequence.map(Array.init) ?? [value]).enumerated().map { "--\(key)=\(try text($1, "\(key), item \($0 + 1)"))" }
        case .option(.list, _, _):
            guard let sequence = value.sequence else { return ["--\(key)=\(try text(value, key, "a list such as [layer1, layer2]"))"] }
            let items = try sequence.enumerated().map { try text($1, "\(key), item \($0 + 1)") }
            return ["--\(key)=\(items.joined(separator: ","))"]
        case .option(.whole, _, _):
            guard let number = value.int else { throw wrongKind(key, "a whole number") }
            return ["--\(key)=\(number)"]
        case .option(.natural, _, _):
            guard let number = value.scalar.flatMap(UInt64.construct) else { throw wrongKind(key, "a whole number, 0 or more") }
            return ["--\(key)=\(number)"]
        case .option(.decimal, _, _):
            guard let number = value.float else { throw wrongKind(key, "a number") }
            // As it is written, where that can be: it is read as a number of another size.
            return ["--\(key)=\(value.scalar.map(\.string).flatMap { Double($0) == nil ? nil : $0 } ?? "\(number)")"]
        case .option(.text, _, _): return ["--\(key)=\(try text(value, key))"]
        }
    }

    private func text(_ node: Node, _ key: String, _ expected: String = "text or a number") throws -> String {
        guard let scalar = node.scalar else { throw wrongKind(key, expected) }
        return scalar.string
    }

    private func wrongKind(_ key: String, _ expected: String) -> Problem {
        Problem("The configuration \(path) cannot be read", explanation: "\(key) should be \(expected).", kind: .usage)
    }

    private static func explain(_ error: any Error) -> String {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            return "Line \(mark.line): \(problem)."
        case YamlError.duplicatedKeysInMapping(let duplicates, _):
            return "It says \(duplicates.map { String(describing: $0) }.sorted().joined(separator: ", ")) more than once."
        case YamlError.reader(let problem, _, _, _):
            return "It is not YAML: \(problem)."
        default:
            return "It is not YAML that can be used here."
        }
    }
}
