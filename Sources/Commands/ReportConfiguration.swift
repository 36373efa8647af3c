import Diagnostics
import Foundation
import Yams

/// The options of `report` as a YAML file holds them: the same names, all optional. What the command line says goes first.
struct ReportConfiguration: Decodable {
    var checkpoint: String?
    var images: String?
    var architecture: String?
    var layers: [String]?
    var units: String?
    var classes: String?
    var concepts: String?
    var direction: String?
    var labels: String?
    var title: String?
    var seed: UInt64?
    var seeds: Int?
    var quality: String?
    var schedule: String?
    var steps: Int?
    var flip: Bool?
    var earlyStop: Bool?
    var references: Int?
    var window: String?
    var windowStride: Float?
    var referencesAs: String?
    var diversity: Float?
    var inner: String?
    var composite: String?
    var winograd: Bool?
    var precision: String?
    var teacher: String?
    var teacherArchitecture: String?
    var threads: Int?
    var run: String?
    var out: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case checkpoint, images, architecture, layers, units, classes, concepts, direction, labels, title, seed,
            seeds, quality, schedule, steps, flip, earlyStop = "early-stop", references, window, windowStride = "window-stride",
            referencesAs = "references-as", diversity, inner, composite, winograd, precision, teacher, teacherArchitecture = "teacher-architecture", threads,
            run, out
    }

    init() {}

    /// Reads `file`. Throws a `Problem` for what is not YAML, for keys that are not known and for values of the wrong kind.
    init(file: String) throws {
        let known = CodingKeys.allCases.map(\.rawValue)
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Problem(
                "The configuration \(file) cannot be read", explanation: "A YAML file with options of `report` was expected.",
                remedy: "Check the path.", kind: .usage)
        }
        guard data.count < 1 << 20 else { throw Problem("The configuration \(file) is larger than 1 MB", kind: .usage) }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Problem("The configuration \(file) is not UTF-8 text", remedy: "Save it as UTF-8.", kind: .usage)
        }
        do {
            guard let node = try Yams.compose(yaml: text) else { return }
            guard let mapping = node.mapping else {
                throw Problem("The configuration \(file) is not a list of `name: value` lines", kind: .usage)
            }
            for key in mapping.keys.compactMap(\.string) where !known.contains(key) {
                let near = nearestNames(to: key, among: known)
                throw Problem(
                    "The configuration \(file) has an unknown key “\(key)”",
                    explanation: near.isEmpty ? "Known are \(known.joined(separator: ", "))." : "Did you mean \(near.joined(separator: ", "))?",
                    kind: .usage)
            }
            self = try YAMLDecoder().decode(ReportConfiguration.self, from: node)
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem("The configuration \(file) cannot be read", explanation: Self.explain(error), kind: .usage)
        }
    }

    private static func explain(_ error: any Error) -> String {
        switch error {
        case DecodingError.typeMismatch(let type, let context), DecodingError.valueNotFound(let type, let context):
            return "\(key(of: context)) should be \(Self.name(of: type))."
        case DecodingError.dataCorrupted(let context):
            return "\(key(of: context)) has a value that cannot be read."
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

    /// `layers`, or `layers, item 2`.
    private static func key(of context: DecodingError.Context) -> String {
        context.codingPath.map { $0.intValue.map { "item \($0 + 1)" } ?? $0.stringValue }.joined(separator: ", ")
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is Int.Type: "a whole number"
        case is Bool.Type: "true or false"
        case is UInt64.Type: "a whole number, 0 or more"
        case is Node.Sequence.Type: "a list such as [layer1, layer2]"
        default: "text or a number"
        }
    }
}
