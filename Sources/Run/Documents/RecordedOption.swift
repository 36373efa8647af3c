/// An option of a run as others are told of it: the run's identity, and the pages *Reproduce* and *Method*.
public struct RecordedOption: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        case text(String)
        case names([String])
        case whole(Int)
        case decimal(Float)
        case flag(Bool)
    }

    /// What an option is about: its place among the rows of *Reproduce*.
    public enum Section: Int, Sendable {
        case selection, schedule, references, optimisation, computation, teacher
    }

    /// As on the command line, such as `--steps`; in words where it has no name there.
    public let name: String
    public let value: Value
    /// The name of its row; nil where it has none.
    public let row: String?
    /// What the row says where that is not the value as it is.
    public let shown: String?
    public let section: Section
    /// True when another value makes another run.
    public let decidesResults: Bool
    /// True when a run without it can be given it later: nothing that it has depends on it.
    public let canBeAdded: Bool

    /// Nil where there is no `value`: an option that a run does not have.
    public init?(
        _ name: String, _ value: Value?, row: String? = nil, shown: String? = nil, in section: Section, decidesResults: Bool = true,
        canBeAdded: Bool = false
    ) {
        guard let value else { return nil }
        self.name = name
        self.value = value
        self.row = row
        self.shown = shown
        self.section = section
        self.decidesResults = decidesResults
        self.canBeAdded = canBeAdded
    }

    /// What two identities do not have in common, by name, in the order of the second.
    public static func differences(
        _ old: [(name: String, value: String)], _ new: [(name: String, value: String)]
    ) -> [(name: String, old: String, new: String)] {
        let names = new.map(\.name) + old.map(\.name).filter { name in !new.contains { $0.name == name } }
        func value(_ name: String, _ list: [(name: String, value: String)]) -> String {
            list.first { $0.name == name }?.value ?? "not given"
        }
        return names.map { ($0, value($0, old), value($0, new)) }.filter { $0.old != $0.new }
    }
}

extension RecordedOption.Value: CustomStringConvertible {
    /// As a run's identity has it.
    public var description: String {
        switch self {
        case .text(let text): text
        case .names(let names): names.joined(separator: ",")
        case .whole(let number): String(number)
        case .decimal(let number): String(number)
        case .flag(let isSet): isSet ? "yes" : "no"
        }
    }
}
