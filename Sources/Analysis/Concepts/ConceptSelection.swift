public import Diagnostics

/// How many concepts a person asked for of which layers: `none`, or `layer3:10,layer2:5`.
public struct ConceptSelection: Sendable, Equatable {
    /// In the order of `layers` they were checked with.
    public let counts: [(layer: String, count: Int)]

    /// The selection in `text` among the reported `layers`. Throws a usage `Problem` when it cannot be read, or names another layer.
    public init(_ text: String, among layers: [String]) throws(Problem) {
        var found: [String: Int] = [:]
        for part in text.split(separator: ",") where text != "none" {
            guard let colon = part.lastIndex(of: ":"), let count = Int(part[part.index(after: colon)...]), (1...100).contains(count) else {
                throw Problem(
                    "--concepts does not know “\(part)”", explanation: "It takes layers, each with a number of concepts from 1 to 100.",
                    remedy: "Write `layer3:10`, several joined by commas, or `none`.", kind: .usage)
            }
            let layer = String(part[..<colon])
            guard layers.contains(layer) else {
                throw Problem(
                    "Concepts of “\(layer)” were asked for, which is not a reported layer",
                    explanation: "Reported layers: \(layers.joined(separator: ", ")).", remedy: "Add it with --layers.", kind: .usage)
            }
            found[layer] = count
        }
        counts = layers.compactMap { layer in found[layer].map { (layer, $0) } }
    }

    public static func == (first: ConceptSelection, second: ConceptSelection) -> Bool {
        first.counts.elementsEqual(second.counts) { $0.layer == $1.layer && $0.count == $1.count }
    }
}
