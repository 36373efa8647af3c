import Foundation
import Testing

/// `check` and `publish` on a site of ours.
@Suite struct PublicationVerbTests {
    @Test func `a report has nothing that check finds, and is published`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(SmallWorld.report(), in: world.folder)
            let check = try Program.json(["check", "site", "--json", "-q"], in: world.folder)
            #expect(check["errors"] as? Int == 0 && check["warnings"] as? Int == 0, "\(check["findings"] ?? "")")
            #expect(check["pages"] as? Int ?? 0 > 100)

            let first = try Program.json(["publish", "site", "--to", "docs", "--json", "-q"], in: world.folder)
            #expect(first["added"] as? Int == first["files"] as? Int)
            let second = try Program.json(["publish", "site", "--to", "docs", "--json", "-q"], in: world.folder)
            #expect(second["unchanged"] as? Int == second["files"] as? Int)
            // The marker of a site is no part of it.
            #expect(try differences(files(in: world.path("site")), files(in: world.path("docs"))) == [".vitrine-site", "SHA256SUMS"])

            try Data("<a href=gone.html>x</a>".utf8).write(to: URL(fileURLWithPath: world.path("site/more.html")))
            let broken = try Program.run(["check", "site", "-q"], in: world.folder)
            #expect(broken.status == 1 && broken.output.contains("gone.html") && broken.output.contains("more.html:1:1"))
            let refused = try Program.run(["publish", "site", "--to", "docs", "-q"], in: world.folder)
            #expect(refused.status == 1 && refused.errors.contains("--despite-errors"))
            #expect(!FileManager.default.fileExists(atPath: world.path("docs/more.html")))
            try Program.expectSuccess(["publish", "site", "--to", "docs", "--despite-errors", "-q"], in: world.folder)
            #expect(FileManager.default.fileExists(atPath: world.path("docs/more.html")))
        }
    }

    @Test func `publishing goes on after a kill`() throws {
        try SmallWorld.with { world in
            try FileManager.default.createDirectory(atPath: world.path("site/a"), withIntermediateDirectories: true)
            try Data("<!DOCTYPE html><html lang=en><title>A</title>".utf8).write(to: URL(fileURLWithPath: world.path("site/index.html")))
            for number in 0..<3_000 { try Data("\(number)".utf8).write(to: URL(fileURLWithPath: world.path("site/a/\(number).txt"))) }
            var kills = 0
            for milliseconds in stride(from: 20, through: 400, by: 40) {
                let outcome = try Program.run(["publish", "site", "--to", "docs", "-q"], in: world.folder, killAfter: .milliseconds(milliseconds))
                if outcome.wasSignalled { kills += 1 } else { #expect(outcome.status == 0, "\(outcome.errors)") }
            }
            #expect(kills > 0)
            try Program.expectSuccess(["publish", "site", "--to", "docs", "-q"], in: world.folder)
            #expect(try differences(files(in: world.path("site")), files(in: world.path("docs"))) == [".nojekyll", "SHA256SUMS"])
        }
    }

    @Test(arguments: [
        ["publish", "site"], ["publish", "site", "--to", "docs", "--zip", "a.zip"], ["publish", "site", "--to", "site/docs"],
        ["publish", "site", "--zip", "site/a.zip"], ["check", "none"], ["check", "site", "--at-most", "page=many"], ["check", "site", "--at-most", "sites=3"],
    ])
    func `what makes no sense is a question of usage`(_ arguments: [String]) throws {
        try SmallWorld.with { world in
            try FileManager.default.createDirectory(atPath: world.path("site"), withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: world.path("site/index.html")))
            let outcome = try Program.run(arguments, in: world.folder)
            #expect(outcome.status == 2 && outcome.errors.contains("vitrine: "), "\(outcome.errors)")
        }
    }
}
