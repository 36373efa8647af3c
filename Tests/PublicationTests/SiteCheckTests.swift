import Diagnostics
import Foundation
import Testing

@testable import Publication

struct SiteCheckTests {
    @Test func aSoundSiteHasNoFindings() throws {
        try SmallSite.with { site, _ in
            let result = try SiteCheck(site.path).run()
            #expect(result.findings == [])
            #expect(result.errors == 0 && result.warnings == 0)
            #expect(result.pages == 2 && result.files == 6)
        }
    }

    /// One page with one fault: its kind, what it is about, and where it stands.
    struct Fault: Sendable, CustomStringConvertible {
        var html: String
        var kind: FindingKind
        var subject: String
        var line = 1
        var column = 1
        var description: String { "\(kind.rawValue): \(html)" }
    }

    static let faults: [Fault] = [
        Fault(html: "<p>\n  <a href=gone.html>x</a>", kind: .brokenLink, subject: "gone.html", line: 2, column: 3),
        Fault(html: "<a href='deep/../../index.html'>x</a>", kind: .brokenLink, subject: "deep/../../index.html"),
        Fault(html: "<a href='DEEP/index.html'>x</a>", kind: .brokenLink, subject: "DEEP/index.html"),
        Fault(html: "<a href='deep/index.html#here&amp;there'>x</a>", kind: .brokenFragment, subject: "deep/index.html#here&there"),
        Fault(html: "<b id=a></b><a href='#b'>x</a>", kind: .brokenFragment, subject: "page.html#b", column: 13),
        Fault(html: "<meta http-equiv=refresh content='0; URL=gone.html'>", kind: .brokenLink, subject: "gone.html"),
        Fault(html: "<img src='no%20dot.png' alt=x>", kind: .missingImage, subject: "no dot.png"),
        Fault(html: "<img src=dot.png srcset='dot.png 1x, dots.png 2x' alt=x>", kind: .missingImage, subject: "dots.png"),
        Fault(html: "<svg><image xlink:href='dots.png'/></svg>", kind: .missingImage, subject: "dots.png", column: 6),
        Fault(html: "<svg><use href='icons.svg#a'/></svg>", kind: .missingFile, subject: "icons.svg", column: 6),
        Fault(html: "<link rel='stylesheet alternate' href=styles.css>", kind: .missingFile, subject: "styles.css"),
        Fault(html: "<script src=codes.js></script>", kind: .missingFile, subject: "codes.js"),
        Fault(html: "<link rel=stylesheet href='//fonts.example/a.css'>", kind: .offSite, subject: "//fonts.example/a.css"),
        Fault(html: "<link rel=preconnect href='https://fonts.example'>", kind: .offSite, subject: "https://fonts.example"),
        Fault(html: "<img alt=x src='HTTPS://host.example/a.png'>", kind: .offSite, subject: "HTTPS://host.example/a.png"),
        Fault(html: "<iframe src='\\\\host.example/'></iframe>", kind: .offSite, subject: "\\\\host.example/"),
        Fault(html: "<a href='file:///home/me/a.html'>x</a>", kind: .localFile, subject: "file:///home/me/a.html"),
        Fault(html: "<img src=dot.png>", kind: .noAlternative, subject: "dot.png"),
        Fault(html: "<svg role=img><text>3</text></svg>", kind: .noAlternative, subject: "svg"),
        Fault(html: "<a href=index.html><img src=dot.png alt=''></a>", kind: .unnamedLink, subject: "index.html"),
        Fault(html: "<b id=x></b><b id=x></b>", kind: .duplicateID, subject: "x", column: 13),
        Fault(html: "<a href=deep/>x</a>", kind: .linkToFolder, subject: "deep/"),
        Fault(html: "<a href=/index.html>x</a>", kind: .linkFromRoot, subject: "/index.html"),
        Fault(html: "<b style='color: red'>x</b>", kind: .inlineCode, subject: "on pages"),
        Fault(html: "<script>1</script>", kind: .inlineCode, subject: "on pages"),
        Fault(html: "<a href='javascript:x()'>x</a>", kind: .inlineCode, subject: "on pages"),
    ]

    @Test func aLinkToWhatLiesBesideTheSiteIsAWarning() throws {
        let name = "eside-\(UUID().uuidString).html"
        let html = "<a href='../%62\(name)?q#there'>x</a><a href='../gone.html'>x</a><img src='../b\(name)' alt=x>"
        try SmallSite.with(["page.html": html]) { site, _ in
            let beside = URL(fileURLWithPath: site.path).deletingLastPathComponent().appendingPathComponent("b" + name)
            try Data("<!DOCTYPE html>".utf8).write(to: beside)
            defer { try? FileManager.default.removeItem(at: beside) }
            let result = try SiteCheck(site.path).run()
            #expect(result.warnings == 1 && result.errors == 2)
            #expect(result.findings.filter(\.kind.isWarning).map(\.kind) == [.linkOut])
        }
    }

    @Test(arguments: faults)
    func aFaultIsFoundWhereItStands(_ fault: Fault) throws {
        try SmallSite.with(["page.html": fault.html]) { site, _ in
            let result = try SiteCheck(site.path).run()
            #expect(result.findings.count == 1)
            let found = try #require(result.findings.first)
            #expect(found.kind == fault.kind && found.subject == fault.subject)
            #expect(found.places == [.init("page.html", line: fault.line, column: fault.column)])
            #expect(result.errors == (fault.kind.isWarning ? 0 : 1) && result.warnings == (fault.kind.isWarning ? 1 : 0))
        }
    }

    @Test(arguments: [
        "<a href='https://elsewhere.example/'>out</a>", "<a href='mailto:a@b.example'>post</a>", "<a href='#'>up</a>", "<a href='#top'>up</a>",
        "<img src='data:image/png;base64,AA==' alt=''>", "<img src=dot.png role=presentation>", "<a href=index.html aria-label=start></a>",
        "<a href=index.html><img src=dot.png alt=start></a>", "<svg role=img><title>A chart</title></svg>",
        "<link rel=canonical href='https://elsewhere.example/'>", "<base href='deep/'><a href='index.html#there'>x</a>",
        "<a href='index.html?a=b#top-of-it'>x</a>", "<a href=' deep\\index.html '>x</a>", "<!-- <img src=gone.png> -->",
        "<script type='application/json'>1</script>", "<form action='https://elsewhere.example/'></form>", "<a href='deep/index.html#:~:text=x'>x</a>",
    ])
    func whatIsFineIsLeftAlone(_ html: String) throws {
        try SmallSite.with(["page.html": html]) { site, _ in
            let findings = try SiteCheck(site.path).run().findings
            #expect(findings == [])
        }
    }

    @Test func stylesAreReadToo() throws {
        let css = "/* url(no.png) */\n@import 'https://host.example/a.css';\nb { background: URL( \"gone.png\" ); content: 'url(no.png)' }\n"
        try SmallSite.with(["more/a.css": css]) { site, _ in
            let findings = try SiteCheck(site.path).run().findings
            #expect(findings.map(\.kind) == [.missingFile, .offSite])
            #expect(findings.map(\.subject) == ["more/gone.png", "https://host.example/a.css"])
            #expect(findings.map { $0.places.first?.line } == [3, 2])
        }
    }

    @Test func damagedPicturesAreFound() throws {
        try SmallSite.with(["page.html": "<img src=cut.png alt=x><img src=text.jpg alt=x><img src=empty.gif alt=x>", "text.jpg": "no", "empty.gif": ""]) {
            site, _ in
            try site.write(SmallSite.dot.dropLast(5), to: "cut.png")
            let findings = try SiteCheck(site.path).run().findings
            #expect(Set(findings.map(\.subject)) == ["cut.png", "text.jpg", "empty.gif"])
            #expect(findings.allSatisfy { $0.kind == .damagedImage })
        }
    }

    @Test func namesAreHeldAgainstEveryDisk() throws {
        let names = ["aux/a.css", "con.txt", "a:b.txt", "Style.css", "ends.", "\u{E9}.txt", String(repeating: "long/", count: 40) + "a.txt"]
        try SmallSite.with(Dictionary(uniqueKeysWithValues: names.map { ($0, "") })) { site, _ in
            // To Swift the two are one name.
            try site.write(["e\u{301}.txt": ""])
            let findings = try SiteCheck(site.path).run().findings
            func subjects(_ kind: FindingKind) -> Set<String> { Set(findings.filter { $0.kind == kind }.map(\.subject)) }
            #expect(subjects(.reservedName) == ["aux", "con.txt", "a:b.txt", "ends."])
            #expect(subjects(.namesAlike) == ["style.css", "\u{E9}.txt"])
            #expect(subjects(.longPath).contains { $0.hasSuffix("a.txt") })
            #expect(findings.allSatisfy { [.reservedName, .namesAlike, .longPath].contains($0.kind) })
        }
    }

    @Test func sizesAreHeldAgainstTheirLimits() throws {
        let files = ["page.html": "<script src=code.js></script><link rel=stylesheet href=style.css><img src=dot.png alt=x>"]
        try SmallSite.with(files) { site, _ in
            var limits = SiteLimits()
            func expect(_ wanted: Set<String>) throws {
                let findings = try SiteCheck(site.path, limits: limits).run().findings
                #expect(Set(findings.map { "\($0.kind.rawValue) \($0.subject)" }) == wanted)
            }
            limits.page = SmallSite.page.utf8.count - 1
            try expect(["large-page index.html"])
            limits = SiteLimits()
            limits.scripts = 10
            limits.styles = 30
            try expect(["large-scripts code.js", "large-styles style.css"])
            limits = SiteLimits()
            limits.firstView = SmallSite.page.utf8.count + SmallSite.dot.count
            try expect(["large-first-view index.html"])
        }
    }

    @Test func linksOfTheFileSystemAreNotFollowed() throws {
        try SmallSite.with(["page.html": "<a href=outside/index.html>x</a>"]) { site, _ in
            try FileManager.default.createSymbolicLink(atPath: site.path + "/outside", withDestinationPath: site.path)
            #expect(try SiteCheck(site.path).run().findings.map(\.kind) == [.brokenLink, .notAFile])
        }
    }

    @Test func aHostMustNotHideWhatBeginsWithAnUnderscore() throws {
        try SmallSite.with(["_data/a.js": ""], without: [".nojekyll"]) { site, _ in
            let findings = try SiteCheck(site.path).run().findings
            #expect(findings.map(\.subject) == ["_data"])
        }
        try SmallSite.with(without: ["index.html"]) { site, _ in
            let findings = try SiteCheck(site.path).run().findings
            #expect(findings.map(\.kind) == [.noStartPage, .brokenLink])
        }
    }

    /// What other tools leave and what nobody means well: told, not met with a crash or a gigabyte.
    @Test(arguments: [
        (String(repeating: "<div>", count: 100_000), true), (String(repeating: "<div></p>", count: 100_000), true),
        ((0..<3_000).map { "<p><b x=\($0)>" }.joined(), true), (String(repeating: "<p>", count: 100_000), false),
        (String(repeating: "<", count: 100_000), false), ("<!--" + String(repeating: "-", count: 100_000), false),
        ("<a href='" + String(repeating: "x", count: 100_000), false),
        ("<svg><g>" + String(repeating: "<rect x='1'/><path d=\"M0 0\" />", count: 5_000) + "</g></svg>", false),
        ("<svg><title>t</title><a href='#'><text>x</text>" + String(repeating: "<circle r=1 /></circle>", count: 5_000), false),
        // What a parser does not take for the end of an element: HTML, a value that ends in a slash, a drawing that HTML has ended.
        (String(repeating: "<rect/>", count: 5_000), true), ("<svg>" + String(repeating: "<rect a=b/>", count: 5_000), true),
        ("<svg><div></div>" + String(repeating: "<rect/>", count: 5_000), true), ("<svg><title>" + String(repeating: "<rect/>", count: 5_000), true),
    ])
    func pagesOfAnyShapeAreLookedAt(_ html: String, _ isRefused: Bool) throws {
        try SmallSite.with(["page.html": html]) { site, _ in
            var limits = SiteLimits()
            (limits.page, limits.firstView) = (1 << 24, 1 << 24)
            let kinds = try SiteCheck(site.path, limits: limits).run().findings.map(\.kind)
            #expect(kinds == (isRefused ? [.unreadable] : []))
        }
    }

    @Test func whatIsNoTextIsSaid() throws {
        try SmallSite.with { site, _ in
            try site.write(Data([0x3C, 0xFF, 0xFE, 0x00]), to: "page.html")
            let found = try #require(try SiteCheck(site.path).run().findings.first)
            #expect(found.kind == .unreadable && found.detail.contains("UTF-8"))
        }
    }

    @Test func manyOfAKindAreCounted() throws {
        let html = (0..<1_000).map { "<a href=\($0).html>x</a>" }.joined() + String(repeating: "<a href=same.html>x</a>", count: 100)
        try SmallSite.with(["a.html": "<a href=same.html>x</a>", "page.html": html]) { site, _ in
            let result = try SiteCheck(site.path).run()
            #expect(result.errors == 1_101 && result.findings.count == FindingList.kept)
            #expect(result.notListed.map(\.count) == [1_001 - FindingList.kept])
            let same = try #require(result.findings.first { $0.subject == "same.html" })
            #expect(same.count == 101 && same.places.count == Finding.placesKept && same.places.first?.file == "a.html")
        }
    }

    @Test func aFolderThatIsNoneIsAProblem() throws {
        try SmallSite.with { site, folder in
            for path in ["/none", "/site/index.html"] { #expect(throws: Problem.self) { try SiteCheck(folder + path).run() } }
        }
    }
}
