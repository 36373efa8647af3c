import Foundation
import Run
import Testing

@testable import Site

struct ComparisonTests {
    @Test func thePageShowsTheTableAndThePictures() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.hasComparison = true
            let summary = try SiteRenderer(run: try fixture.write(to: place + "/run")).render(to: place + "/site")
            #expect(summary.missingPictures == 0)
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            func page(_ path: String) throws -> String { try String(contentsOfFile: place + "/site/" + path, encoding: .utf8) }
            let compare = try page("compare/index.html")
            for text in [
                "<th scope=\"row\">VITAL</th>", "<strong>66.7\u{A0}%</strong>", "<strong>40.0</strong>", "classified as dog",
                "2 of 2 right, judge 2", "judged as deer", "DeepInversion is left out", "src=\"../compare/fourier/2.png\"",
                "src=\"../compare/fourier/2-1.png\"", "aria-current=\"page\">Compare</a>",
            ] { #expect(compare.contains(text), "\(text)") }
            #expect(
                compare.contains(
                    "<th scope=\"row\">layer2</th>" + ["0.38", "0.25", "–", "0.50", "−0.12"].map { "<td class=\"number\">\($0)</td>" }.joined()))
            #expect(compare.contains("<polyline class=\"curve dash-1\"") && compare.contains("VITAL 0.88, Fourier 0.88, MACO 0.88, real images 0.88"))
            // Of the twelve, MACO has no picture of the last class.
            #expect(compare.components(separatedBy: "width=\"128\"").count - 1 == 11)
            #expect(compare.components(separatedBy: "<summary>1 more picture</summary>").count - 1 == 11)
            let overview = try page("index.html")
            #expect(overview.contains("href=\"compare/index.html\"") && overview.contains("<th scope=\"row\">MACO</th>"))
            #expect(overview.contains("id=\"layers\"") && overview.contains("What the neurons of"))
            #expect(try page("method.html").contains("VITAL, Fourier, MACO"))
            #expect(try page("compare/table.md").hasPrefix("| method | pictures | accuracy |"))
            let report = try JSONSerialization.jsonObject(with: Data(page("report.json").utf8)) as? [String: Any]
            let rows = (report?["comparison"] as? [String: Any])?["rows"] as? [[String: Any]]
            #expect(rows?.map { $0["frechetDistance"] as? Double } == [1.5, 40, 420.5, 360])
        }
    }

    @Test func aRunOfNothingElseIsASite() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.hasComparison = true
            fixture.hasClassTable = false
            fixture.layerNames = []
            _ = try SiteRenderer(run: try fixture.write(to: place + "/run")).render(to: place + "/site")
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            let overview = try String(contentsOfFile: place + "/site/index.html", encoding: .utf8)
            #expect(overview.contains("by different methods at the same cost") && !overview.contains("id=\"layers\""))
            #expect(overview.contains("<th scope=\"row\">MACO</th>") && !overview.contains("not complete"))
        }
    }

    @Test func aRunWithoutOneDoesNotMentionIt() throws {
        try withTemporaryFolder { place in
            _ = try SiteRenderer(run: try FixtureRun().write(to: place + "/run")).render(to: place + "/site")
            #expect(!FileManager.default.fileExists(atPath: place + "/site/compare"))
            let overview = try String(contentsOfFile: place + "/site/index.html", encoding: .utf8)
            #expect(!overview.contains("Compare"))
        }
    }

    @Test func theTableIsAlignedAndMarksTheBestMethod() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.hasComparison = true
            let comparison = try #require(
                try fixture.write(to: place + "/run").read(Comparison.self, from: .comparison))
            var table = ComparisonTable(comparison)
            let lines = table.text.split(separator: "\n").prefix(5)
            #expect(Set(lines.map(\.count)).count == 1)
            #expect(table.rows.allSatisfy { $0.count == table.columns.count } && table.best.count == table.columns.count)
            // Two methods share the best accuracy; the real images' smaller distance wins nothing.
            let winners: [String: Set<Int>] = ["accuracy": [1, 3], "classes right": [1, 3], "transfer": [1], "FID": [1], "pictures": []]
            for (heading, rows) in winners {
                let column = try #require(table.columns.firstIndex(of: heading))
                #expect(table.best[column] == rows, "\(heading)")
            }
            let vital = try #require(table.markdown.split(separator: "\n").first { $0.hasPrefix("| VITAL") })
            #expect(vital.contains("**40&#46;0**"))

            var alone = comparison
            alone.judge = nil
            alone.rows = [comparison.rows[1]]
            alone.rows[0].transfer = nil
            table = ComparisonTable(alone)
            #expect(table.columns.count == table.best.count && !table.columns.contains("transfer") && !table.markdown.contains("**"))
        }
    }
}
