import Diagnostics

/// Which units, or classes, a person asked for: `all`, `none`, `3`, `0-15`, `layer1:3`, `layer2:0-7`, joined by commas.
public struct UnitSelection: Sendable, Equatable {
    private struct Part: Sendable, Equatable {
        var layer: String?
        var units: ClosedRange<Int>?
        /// As written, for names of classes and for errors.
        var text: String
    }

    private let parts: [Part]

    /// A selection as written. Throws a `Problem` when it cannot be read.
    public init(_ text: String) throws {
        let pieces = text.split(separator: ",").map { $0.trimmingPrefix { $0 == " " } }.map(String.init)
        guard !pieces.isEmpty else { throw Problem("An empty selection of units", remedy: "Write `all` or `none`.", kind: .usage) }
        parts = pieces.map { piece in
            let colon = piece.lastIndex(of: ":")
            let layer = colon.map { String(piece[..<$0]) }
            let numbers = colon.map { String(piece[piece.index(after: $0)...]) } ?? piece
            return Part(layer: layer, units: Self.range(numbers), text: numbers)
        }
    }

    private static func range(_ text: String) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        if ends.count == 1, let only = Int(ends[0]), only >= 0 { return only...only }
        guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0, first <= last else { return nil }
        return first...last
    }

    /// The units of `layer` that are selected, ascending. Throws a `Problem` for a unit that the layer does not have, and for
    /// layers that are not among `layers`.
    public func units(of layer: String, count: Int, among layers: [String]) throws -> [Int] {
        var chosen = Set<Int>()
        for part in parts {
            if let name = part.layer {
                guard layers.contains(name) else {
                    throw Problem(
                        "Units of “\(name)” were asked for, which is not a reported layer",
                        explanation: "Reported layers: \(layers.joined(separator: ", ")).",
                        remedy: "Add it with --layers.", kind: .usage)
                }
                if name != layer { continue }
            }
            switch part.text {
            case "all": chosen.formUnion(0..<count)
            case "none": continue
            default:
                guard let range = part.units else {
                    throw Problem(
                        "“\(part.text)” does not select units",
                        remedy: "Write `all`, `none`, numbers and ranges such as `0-15`, or `layer1:3`.", kind: .usage)
                }
                guard range.upperBound < count else {
                    throw Problem(
                        "Layer \(layer) has no unit \(range.upperBound)", explanation: "Its units are 0 to \(count - 1).",
                        kind: .usage)
                }
                chosen.formUnion(range)
            }
        }
        return chosen.sorted()
    }

    /// The classes that are selected, ascending: by number, range or name. Throws a `Problem` for one that does not exist.
    public func classes(names: [String]) throws -> [Int] {
        var chosen = Set<Int>()
        for part in parts {
            let text = part.layer.map { "\($0):\(part.text)" } ?? part.text
            if let index = names.firstIndex(of: text) {
                chosen.insert(index)
            } else if text == "all" {
                chosen.formUnion(names.indices)
            } else if let range = part.units, part.layer == nil {
                guard range.upperBound < names.count else {
                    throw Problem(
                        "There is no class \(range.upperBound)", explanation: "The network has classes 0 to \(names.count - 1).",
                        kind: .usage)
                }
                chosen.formUnion(range)
            } else if text != "none" {
                let near = nearestNames(to: text, among: names)
                throw Problem(
                    "There is no class “\(text)”",
                    explanation: near.isEmpty ? nil : "Did you mean \(near.joined(separator: ", "))?",
                    remedy: "Write `all`, `none`, numbers, ranges or names of classes.", kind: .usage)
            }
        }
        return chosen.sorted()
    }
}
