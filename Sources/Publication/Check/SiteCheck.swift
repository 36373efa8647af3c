public import Diagnostics

/// Looks through a finished site, ours or another tool's, for what its readers would stumble over: see `FindingKind`.
///
/// Every page is read once, a few at a time; what is kept of it are the ids on it and what is wrong. Scripts are not run, so what only
/// they load is not seen.
public struct SiteCheck: Sendable {
    private let site: String
    private let limits: SiteLimits

    public init(_ site: String, limits: SiteLimits = SiteLimits()) {
        self.site = site
        self.limits = limits
    }

    /// What is wrong with the site.
    ///
    /// - Throws: `Problem` when there is no such folder, or it cannot be read.
    public func run(_ progress: any ProgressReport = SilentProgress()) throws -> CheckResult {
        var findings = FindingList()
        let index = try SiteIndex(site, &findings)
        return try run(index, findings, progress)
    }

    /// As `run(_:)`, of a site whose names were read before.
    func run(_ index: SiteIndex, _ findings: FindingList, _ progress: any ProgressReport) throws -> CheckResult {
        var gathering = Gathering(index: index, limits: limits, findings: findings)
        if index.number(of: "index.html") == nil { gathering.findings.add(.noStartPage, "index.html", at: .init("index.html")) }
        if index.number(of: ".nojekyll") == nil {
            for path in index.folders.sorted() + index.files.map(\.path) {
                guard path.split(separator: "/").last?.hasPrefix("_") == true else { continue }
                gathering.findings.add(.hiddenByHost, path, at: .init(path))
            }
        }
        let pages = index.files.indices.filter { PageKind(index.files[$0].path) != nil }
        progress.begin("Checking", total: pages.count, done: 0)
        // As many at a time as keep the processors busy, and no more: their trees are in memory.
        let batch = 64
        for start in stride(from: 0, to: pages.count, by: batch) {
            let numbers = pages[start..<min(start + batch, pages.count)]
            for looked in LookedAt.all(Array(numbers), of: index, limits) { gathering.add(looked) }
            progress.update(min(start + batch, pages.count))
        }
        gathering.finish()
        progress.end()
        return CheckResult(
            site: site, pages: pages.count { PageKind(index.files[$0].path) == .page }, files: index.files.count, bytes: index.bytes,
            errors: gathering.findings.errors, warnings: gathering.findings.warnings, findings: gathering.findings.sorted,
            notListed: gathering.findings.left.map { (kind: $0.key, count: $0.value) }.sorted { $0.kind.rawValue < $1.kind.rawValue }
                .map { CheckResult.NotListed(kind: $0.kind, count: $0.count) },
            leftOut: Array(index.leftOut.prefix(100)))
    }
}

/// What a check found.
public struct CheckResult: Sendable, Encodable {
    public var formatVersion = 1
    public var site: String
    /// Pages of HTML.
    public var pages: Int
    public var files: Int
    public var bytes: Int
    /// How often something wrong is met.
    public var errors, warnings: Int
    public var findings: [Finding]
    /// How many more of a kind there are than `findings` names.
    public var notListed: [NotListed]
    /// Hidden files and folders that were not looked at, at most a hundred.
    public var leftOut: [String]

    public struct NotListed: Sendable, Encodable {
        public var kind: FindingKind
        public var count: Int
    }
}

/// The files that are read through, by the ends of their names.
enum PageKind {
    case page, drawing, style

    init?(_ path: String) {
        guard let dot = path.lastIndex(of: ".") else { return nil }
        switch path[dot...].lowercased() {
        case ".html", ".htm", ".xhtml": self = .page
        case ".svg": self = .drawing
        case ".css": self = .style
        default: return nil
        }
    }
}
