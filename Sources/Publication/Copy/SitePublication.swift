public import Diagnostics

/// A checked and verified copy of a site, for a host of static pages, a share, or as one file.
public struct SitePublication: Sendable {
    public enum Destination: Sendable {
        case folder(String)
        case archive(String)
    }

    private let site: String
    private let limits: SiteLimits

    public init(_ site: String, limits: SiteLimits = SiteLimits()) {
        self.site = site
        self.limits = limits
    }

    /// What was done.
    ///
    /// - Parameters:
    ///   - ignoresErrors: publish even a site that `SiteCheck` finds errors in.
    ///   - report: gets what the check found, before anything is written.
    /// - Throws: `Problem` when the site has errors, or the destination holds something that must not be written over; nothing is changed
    ///   then. And when something cannot be read or written: what was done before remains, and the same call goes on from there.
    public func publish(
        to destination: Destination, ignoresErrors: Bool = false, _ progress: any ProgressReport = SilentProgress(),
        report: (CheckResult) throws -> Void = { _ in }
    ) throws -> PublicationResult {
        var findings = FindingList()
        let index = try SiteIndex(site, &findings)
        let check = try SiteCheck(site, limits: limits).run(index, findings, progress)
        try report(check)
        guard check.errors == 0 || ignoresErrors else {
            throw Problem(
                "\(site) has \(check.errors) error\(check.errors == 1 ? "" : "s") and was not published",
                explanation: "vitrine check \(site) says where.", remedy: "Mend them, or add --despite-errors.")
        }
        let files = try SiteFiles(index, progress)
        return switch destination {
        case .folder(let path): try FolderPublication.publish(files, to: path, progress)
        case .archive(let path): try ArchivePublication(target: path, site: files).run(progress)
        }
    }
}

/// What publishing changed.
public struct PublicationResult: Sendable, Encodable, Equatable {
    public var place: String
    public var files = 0
    public var bytes = 0
    public var added = 0
    public var replaced = 0
    public var unchanged = 0
    public var removed = 0
    /// Files that an earlier site had and someone changed since: no longer part of the site, and left where they are.
    public var kept: [String] = []

    init(place: String) { self.place = place }
}
