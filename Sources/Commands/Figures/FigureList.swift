import Diagnostics
import Site
import Yams

/// A YAML list of figures: an entry each, with the options of the command line as keys.
struct FigureList {
    private let path: String
    private let entries: [Node]

    /// Most that one list makes.
    static let most = 1000

    /// - Throws: `Problem` when the file is no list.
    init(_ path: String) throws {
        self.path = path
        let node = try ConfigurationFile.node(path, what: "list of figures")
        // A list, or a mapping with nothing but one.
        let list = node?.sequence ?? node?.mapping.flatMap { $0.count == 1 ? $0["figures"]?.sequence : nil }
        guard let list, !list.isEmpty else {
            throw Problem(
                "\(path) is no list of figures",
                explanation: "A YAML list is expected, an entry for each figure, such as `- {kind: unit, layer: layer3, units: 3}`.", kind: .usage)
        }
        guard list.count <= Self.most else { throw Problem("\(path) lists \(list.count) figures, more than \(Self.most)", kind: .usage) }
        entries = Array(list)
    }

    /// A fault of one entry, counted from 1.
    struct EntryFault {
        var entry: Int
        /// Nil for a fault of the entry as a whole.
        var key: String?
        var problem: Problem
    }

    /// The requests of all entries, with what is wrong with the others.
    func requests(with defaults: FigureWish) -> (requests: [(entry: Int, request: FigureRequest)], faults: [EntryFault]) {
        var requests: [(entry: Int, request: FigureRequest)] = [], faults: [EntryFault] = []
        for (place, node) in entries.enumerated() {
            do {
                requests.append((place + 1, try wish(node).completed(by: defaults).request()))
            } catch let fault as FigureFault {
                faults.append(.init(entry: place + 1, key: fault.key.rawValue, problem: fault.problem))
            } catch let fault as KeyFault {
                faults.append(.init(entry: place + 1, key: fault.key, problem: fault.problem))
            } catch {
                faults.append(.init(entry: place + 1, key: nil, problem: error as? Problem ?? Problem("\(error)")))
            }
        }
        return (requests, faults)
    }

    /// One problem that names every fault's entry and key.
    func problem(_ faults: [EntryFault]) -> Problem {
        func place(_ fault: EntryFault) -> String { "entry \(fault.entry)\(fault.key.map { ", \($0)" } ?? "")" }
        if faults.count == 1, let only = faults.first {
            return Problem(
                "\(path), \(place(only)): \(only.problem.summary)", explanation: only.problem.explanation, remedy: only.problem.remedy, kind: .usage)
        }
        let shown = faults.sorted { $0.entry < $1.entry }.prefix(20).map { fault in
            "\(place(fault)): " + [fault.problem.summary, fault.problem.explanation, fault.problem.remedy].compactMap { $0 }.joined(separator: "\n    ")
        }
        return Problem(
            "\(path): \(faults.count) of its \(entries.count) figures cannot be made, and none was",
            explanation: shown.joined(separator: "\n  ") + (faults.count > 20 ? "\n  and \(faults.count - 20) others" : ""), kind: .usage)
    }

    private struct KeyFault: Error {
        var key: String?
        var problem: Problem
    }

    private func wish(_ node: Node) throws -> FigureWish {
        guard let mapping = node.mapping else {
            throw KeyFault(problem: Problem("it is no set of keys", explanation: "Such as `{kind: unit, layer: layer3, units: 3}`.", kind: .usage))
        }
        var wish = FigureWish()
        for (name, value) in mapping {
            let text = name.string ?? ""
            guard let key = FigureRequest.Key(rawValue: text) else {
                let keys = FigureRequest.Key.allCases.map(\.rawValue)
                throw KeyFault(
                    key: String(text.prefix(60)),
                    problem: Problem(
                        "the key is not known", explanation: "Known are \(keys.joined(separator: ", ")).",
                        remedy: nearestNames(to: text, among: keys).first.map { "Did you mean \($0)?" }, kind: .usage))
            }
            // Written without a value: as if it were not there.
            guard value.null == nil else { continue }
            switch key {
            case .kind: wish.kind = try self.text(value, key)
            case .run: wish.run = try self.text(value, key)
            case .layer: wish.layer = try self.text(value, key)
            case .image: wish.image = try self.text(value, key)
            case .units: wish.units = try parts(value, key)
            case .classes: wish.classes = try parts(value, key)
            case .methods: wish.methods = try parts(value, key)
            case .venue: wish.venue = try self.text(value, key)
            case .columns: wish.columns = try self.value(value.int, key, "1 or 2")
            case .width: wish.width = try self.value(value.float, key, "a number of inches")
            case .textSize: wish.textSize = try self.value(value.float, key, "a number of points")
            case .name: wish.name = try self.text(value, key)
            case .author: wish.author = try self.text(value, key)
            case .font: wish.font = try self.text(value, key)
            case .anonymous: wish.anonymous = try self.value(value.bool, key, "true or false")
            }
        }
        return wish
    }

    private func value<T>(_ value: T?, _ key: FigureRequest.Key, _ expected: String) throws -> T {
        guard let value else { throw FigureFault(key, "it should be \(expected)") }
        return value
    }

    private func text(_ node: Node, _ key: FigureRequest.Key) throws -> String {
        try value(node.scalar?.string, key, "text or a number")
    }

    /// A list, or parts between commas as on the command line.
    private func parts(_ node: Node, _ key: FigureRequest.Key) throws -> [String] {
        guard let list = node.sequence else { return FigureRequest.parts(of: try text(node, key)) }
        return try list.map { try text($0, key) }
    }
}
