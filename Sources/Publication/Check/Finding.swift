/// Something wrong with a site, and everywhere it is met.
public struct Finding: Sendable, Encodable, Equatable {
    public var kind: FindingKind
    /// What is wrong: the address a link leads to, the file that is too large.
    public var subject: String
    /// How large it is, say; empty where `kind` says it all.
    public var detail: String
    /// How often it is met.
    public var count: Int
    /// The first places, in the order of the site's pages; the file alone where it is wrong itself.
    public var places: [Place]

    public struct Place: Sendable, Encodable, Equatable {
        /// Relative to the site.
        public var file: String
        /// Counted from 1; nil for the file as a whole.
        public var line, column: Int?

        public init(_ file: String, line: Int? = nil, column: Int? = nil) {
            self.file = file
            self.line = line
            self.column = column
        }
    }

    /// So many places of one finding are named.
    public static let placesKept = 10
}

/// Gathers what a check finds, each thing once, in memory that does not grow with a site beyond a limit.
struct FindingList {
    /// So many findings of one kind are kept apart; the others are only counted.
    static let kept = 500

    private struct Key: Hashable {
        var kind: FindingKind
        var subject: String
    }

    private var findings: [Key: Finding] = [:]
    private var kinds: [FindingKind: Int] = [:]
    /// How many of a kind are there beyond those that are kept.
    private(set) var left: [FindingKind: Int] = [:]
    private(set) var errors = 0
    private(set) var warnings = 0

    mutating func add(_ kind: FindingKind, _ subject: String, detail: String = "", at place: Finding.Place) {
        if kind.isWarning { warnings += 1 } else { errors += 1 }
        // A hostile page may have addresses of megabytes.
        let subject = subject.utf8.count > 500 ? String(subject.prefix(200)) + "…" : subject
        let key = Key(kind: kind, subject: subject)
        if findings[key] != nil {
            findings[key]?.count += 1
            if (findings[key]?.places.count ?? 0) < Finding.placesKept { findings[key]?.places.append(place) }
        } else if kinds[kind, default: 0] < Self.kept {
            kinds[kind, default: 0] += 1
            findings[key] = Finding(kind: kind, subject: subject, detail: detail, count: 1, places: [place])
        } else {
            left[kind, default: 0] += 1
        }
    }

    /// By kind, errors first; within a kind by the order of their first places.
    var sorted: [Finding] {
        let order = Dictionary(uniqueKeysWithValues: FindingKind.allCases.enumerated().map { ($1, $0) })
        return findings.values.sorted { first, second in
            let (a, b) = (order[first.kind] ?? 0, order[second.kind] ?? 0)
            if a != b { return a < b }
            let (left, right) = (first.places.first, second.places.first)
            if left?.file != right?.file { return (left?.file ?? "") < (right?.file ?? "") }
            return (left?.line ?? 0, left?.column ?? 0, first.subject) < (right?.line ?? 0, right?.column ?? 0, second.subject)
        }
    }
}
