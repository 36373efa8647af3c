import ArgumentParser
import Diagnostics
import Publication

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks a finished site for everything its readers would stumble over.",
        discussion: """
            Links and places within pages, images (missing, cut off, without alternative text), sizes, what pages load from elsewhere, names that \
            Windows or a disk without regard to case cannot hold: all at once, with page, line and column. The site may be any tool's. \
            Scripts are not run: what only they load is not seen.

            Exit codes: 0 nothing is wrong (there may be warnings), 1 something is.
            """)

    @Argument(help: "The folder of the site.") var site: String
    @OptionGroup var sizes: SizeOption
    @Flag(help: "JSON on standard output.") var json = false
    @OptionGroup var messages: MessageOptions
    @OptionGroup var configuration: ConfigurationOption

    func run() throws {
        let result = try SiteCheck(site, limits: sizes.limits()).run(messages.progress)
        if json { try JSONOutput.print(result) } else { try StandardOutput.print(CheckText.of(result)) }
        guard result.errors == 0 else { throw Problem("\(site) has \(CommandText.count(result.errors, "error"))") }
    }
}

/// How large parts of a site may be.
struct SizeOption: ParsableArguments {
    @Option(
        name: .customLong("at-most"),
        help: "Size limits in bytes: page=100000,scripts=30000,styles=30000,first-view=500000 unless said otherwise.")
    var largest: CommaList?

    func limits() throws -> SiteLimits {
        var limits = SiteLimits()
        for item in largest?.items ?? [] {
            let parts = item.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let bytes = Int(parts[1]), bytes > 0 else {
                throw Problem("--at-most: “\(item)” is not a part and its size", remedy: "Write page=200000, say.", kind: .usage)
            }
            switch parts[0] {
            case "page": limits.page = bytes
            case "scripts": limits.scripts = bytes
            case "styles": limits.styles = bytes
            case "first-view": limits.firstView = bytes
            default:
                throw Problem("--at-most does not know “\(parts[0])”", explanation: "It takes page, scripts, styles, first-view.", kind: .usage)
            }
        }
        return limits
    }
}

/// What a check found, for a person.
enum CheckText {
    static func of(_ result: CheckResult) -> String {
        var lines: [String] = []
        var kind: FindingKind?
        for finding in result.findings {
            if finding.kind != kind {
                kind = finding.kind
                lines.append("\(finding.kind.isWarning ? "Warning: " : "")\(finding.kind.words.heading) (\(finding.kind.rawValue))")
                lines.append("  \(finding.kind.words.remedy)")
            }
            let own = finding.places.count == 1 && finding.places[0].file == finding.subject && finding.places[0].line == nil
            let detail = finding.detail.isEmpty ? "" : ": \(finding.detail)"
            lines.append(
                "    \(plain(finding.subject))\(plain(detail))\(own ? "" : finding.count > 1 ? "  (\(finding.count) times)" : "")")
            if !own {
                for place in finding.places.prefix(3) { lines.append("        \(words(place))") }
                if finding.count > 3 { lines.append("        and in \(CommandText.count(finding.count - 3, "more place"))") }
            }
            if let rest = result.notListed.first(where: { $0.kind == kind }), result.findings.last(where: { $0.kind == kind }) == finding {
                lines.append("    and \(rest.count) more of this kind")
            }
        }
        if !result.leftOut.isEmpty {
            let shown = result.leftOut.prefix(5).map(plain).joined(separator: ", ")
            lines.append("Not looked at, being hidden: \(shown)\(result.leftOut.count > 5 ? " and others" : "")")
        }
        lines.append(
            "\(CommandText.count(result.pages, "page")), \(CommandText.count(result.files, "file")), \(megabytes(result.bytes)): "
                + "\(CommandText.count(result.errors, "error")), \(CommandText.count(result.warnings, "warning"))")
        return lines.joined(separator: "\n")
    }

    private static func words(_ place: Finding.Place) -> String {
        plain(place.file) + (place.line.map { ":\($0)" } ?? "") + (place.column.map { ":\($0)" } ?? "")
    }

    private static func megabytes(_ bytes: Int) -> String { "\(Double(bytes / 100_000) / 10) MB" }

    /// `text` without control characters, which a terminal would obey.
    private static func plain(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
