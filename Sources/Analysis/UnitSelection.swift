import Diagnostics
import Run

/// Which units, or classes, a person asked for: `all`, `none`, `3`, `0-15`, `layer1:3`, `layer2:0-7`, joined by commas. What
/// stands between quotes is one name, whatever it holds.
public struct UnitSelection: Sendable, Equatable {
    private struct Part: Sendable, Equatable {
        var layer: String?
        var units: ClosedRange<Int>?
        /// As written, for names of classes and for errors.
        var text: String
        /// The whole part as written, without the quotes around it.
        var whole: String
        /// Whether quotes say that it is a name.
        var isQuoted: Bool
    }

    private let parts: [Part]

    /// A selection as written. Throws a `Problem` when it cannot be read.
    public init(_ text: String) throws {
        let pieces = Self.pieces(of: text)
        guard !pieces.isEmpty else { throw Problem("An empty selection of units", remedy: "Write `all` or `none`.", kind: .usage) }
        parts = pieces.map { piece, isQuoted in
            let colon = isQuoted ? nil : piece.lastIndex(of: ":")
            let layer = colon.map { String(piece[..<$0]) }
            let numbers = colon.map { String(piece[piece.index(after: $0)...]) } ?? piece
            return Part(layer: layer, units: isQuoted ? nil : Self.range(numbers), text: numbers, whole: piece, isQuoted: isQuoted)
        }
    }

    /// The parts between commas, without blanks before them; commas between quotes do not part.
    private static func pieces(of text: String) -> [(text: String, isQuoted: Bool)] {
        var pieces: [(text: String, isQuoted: Bool)] = []
        var rest = text[...]
        while !rest.isEmpty {
            rest = rest.drop { $0 == " " || $0 == "," }
            guard let first = rest.first else { break }
            let afterQuote = rest.dropFirst()
            if first == "\"" || first == "'", let end = afterQuote.firstIndex(of: first) {
                let behind = afterQuote[afterQuote.index(after: end)...].drop { $0 == " " }
                if behind.isEmpty || behind.first == "," {
                    pieces.append((String(afterQuote[..<end]), true))
                    rest = behind
                    continue
                }
            }
            let end = rest.firstIndex(of: ",") ?? rest.endIndex
            pieces.append((String(rest[..<end]), false))
            rest = rest[end...]
        }
        return pieces
    }

    private static func range(_ text: String) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        if ends.count == 1, let only = Int(ends[0]), only >= 0 { return only...only }
        guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0, first <= last else { return nil }
        return first...last
    }

    /// The units of `layer` that are selected, ascending. Throws a `Problem` for a unit that the layer does not have, and for
    /// layers that are not among `layers`, with `remedy`.
    public func units(
        of layer: String, count: Int, among layers: [String], remedy: String = "Add it with --layers."
    ) throws -> [Int] {
        var chosen = Set<Int>()
        for part in parts {
            if let name = part.layer {
                if !layers.contains(name), let original = NegatedLayer.original(of: name), layers.contains(original) {
                    throw Problem(
                        "Units of “\(name)” were asked for", explanation: "Units are chosen by their layer, whichever way they are looked at.",
                        remedy: "Write \(original) instead.", kind: .usage)
                }
                guard layers.contains(name) else {
                    throw Problem(
                        "Units of “\(name)” were asked for, which is not a reported layer",
                        explanation: "Reported layers: \(layers.joined(separator: ", ")).",
                        remedy: remedy, kind: .usage)
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

    /// The classes that are selected, ascending: by number, range or name. A name may hold commas, in quotes or not. Throws a
    /// `Problem` for a class that does not exist, and for a name that several classes share.
    public func classes(names: [String]) throws -> [Int] {
        var chosen = Set<Int>()
        var rest = parts[...]
        while let part = rest.first {
            if let (index, count) = Self.named(rest, among: names) {
                chosen.insert(index)
                rest = rest.dropFirst(count)
                continue
            }
            rest = rest.dropFirst()
            if part.whole == "all", !part.isQuoted {
                chosen.formUnion(names.indices)
            } else if let range = part.units, part.layer == nil {
                guard range.upperBound < names.count else {
                    throw Problem(
                        "There is no class \(range.upperBound)", explanation: "The network has classes 0 to \(names.count - 1).",
                        kind: .usage)
                }
                chosen.formUnion(range)
            } else if part.whole != "none" || part.isQuoted {
                throw Self.unknown(part.whole, among: names)
            }
        }
        return chosen.sorted()
    }

    /// The class whose name the first parts are, as many as possible, and their number; nil when there is none.
    private static func named(_ parts: ArraySlice<Part>, among names: [String]) -> (index: Int, count: Int)? {
        let single = parts.first.map { $0.isQuoted ? 1 : parts.prefix { !$0.isQuoted }.count } ?? 0
        for count in stride(from: single, through: 1, by: -1) {
            let wholes = parts.prefix(count).map(\.whole)
            for text in [wholes.joined(separator: ", "), wholes.joined(separator: ",")] {
                if let index = names.firstIndex(of: text) { return (index, count) }
            }
        }
        return nil
    }

    private static func unknown(_ text: String, among names: [String]) -> Problem {
        // Classes of one name have their numbers behind it.
        let shared = names.indices.filter { names[$0] == "\(text) (\($0))" }
        guard shared.isEmpty else {
            return Problem(
                "“\(text)” is the name of \(shared.count) classes: \(shared.map(String.init).joined(separator: ", "))",
                remedy: "Choose by number.", kind: .usage)
        }
        let near = nearestNames(to: text, among: names)
        return Problem(
            "There is no class “\(text)”",
            explanation: near.isEmpty ? nil : "Did you mean \(near.map { $0.contains(",") ? "\"\($0)\"" : $0 }.joined(separator: ", "))?",
            remedy: "Write `all`, `none`, numbers, ranges or names of classes; names with commas in quotes.", kind: .usage)
    }
}
