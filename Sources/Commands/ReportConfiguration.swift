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
    var labels: String?
    var title: String?
    var seed: UInt64?
    var seeds: Int?
    var steps: Int?
    var references: Int?
    var threads: Int?
    var run: String?
    var out: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case checkpoint, images, architecture, layers, units, classes, labels, title, seed, seeds, steps, references, threads, run, out
    }

    init() {}

    /// Reads `file`. Throws a `Problem` for what is not YAML, for keys that are not known and for values of the wrong kind.
    init(file: String) throws {
        let known = CodingKeys.allCases.map(\.rawValue)
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Problem("Cannot read the configuration \(file)", kind: .usage)
        }
        guard data.count < 1 << 20 else { throw Problem("The configuration \(file) is larger than 1 MB", kind: .usage) }
        let text = String(decoding: data, as: UTF8.self)
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
        guard case DecodingError.typeMismatch(_, let context) = error else { return "\(error)" }
        return "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
    }
}
