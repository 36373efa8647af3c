import Foundation
import Run
import Testing

@testable import Site

/// Long lists are spread over pages, none of which is heavy.
struct PartPagesTests {
    @Test func pagesCoverTheListOnce() {
        for (items, size, count) in [(0, 5, 1), (5, 5, 1), (6, 5, 2), (2048, 96, 22)] {
            let parts = PartPages(of: items, size: size, in: "layers/x")
            #expect(parts.count == count)
            #expect((1...parts.count).flatMap { Array(parts.places(on: $0)) } == Array(0..<items))
        }
        let parts = PartPages(of: 100, size: 1, in: "layers/x")
        #expect(parts.path(1) == "layers/x/index.html" && parts.path(2) == "layers/x/part-2.html")
        let turning = parts.fields(on: 50).child(named: "turning") as? [Fields] ?? []
        #expect(turning.compactMap { $0.child(named: "number") as? String } == ["1", "48", "49", "50", "51", "52", "100"])
        #expect(turning.compactMap { $0.child(named: "isBehindGap") as? Bool } == [false, true, false, false, false, false, true])
    }

    @Test func aLayerOfHundredsStaysLightAndWhole() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.units = 300
            // Long names that escaping makes longer.
            fixture.classNames = (0..<6).map { "\($0) " + String(repeating: "&\"", count: 150) }
            fixture.layerNames = ["layer4"]
            _ = try SiteRenderer(run: try fixture.write(to: place + "/run")).render(to: place + "/site")
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            let files = try LinkChecker.files(in: place + "/site/layers/layer4").filter { !$0.contains("/") && $0.hasSuffix(".html") }
            #expect(files.count == 5 && files.contains("index.html") && files.contains("part-5.html"))
            var linked = Set<String>()
            for file in files {
                let text = try String(contentsOfFile: place + "/site/layers/layer4/" + file, encoding: .utf8)
                #expect(text.utf8.count < 100_000, "\(file): \(text.utf8.count)")
                for part in text.components(separatedBy: "class=\"card\" href=\"../../layers/layer4/").dropFirst() {
                    linked.insert(String(part.prefix { $0 != "/" }))
                }
            }
            #expect(linked == Set((0..<300).map(String.init)))
            let last = try String(contentsOfFile: place + "/site/layers/layer4/part-5.html", encoding: .utf8)
            #expect(last.contains("rel=\"prev\" href=\"../../layers/layer4/part-4.html\"") && !last.contains("rel=\"next\""))
            #expect(last.contains("data-controls=\"layers/layer4/units.js\"") && !last.contains("id=\"distributions\""))
        }
    }

    @Test func theScriptOfALayerHasAllUnits() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.units = 120
            _ = try SiteRenderer(run: try fixture.write(to: place + "/run")).render(to: place + "/site")
            let data = try DataScripts.read(place + "/site/layers/layer2.1/units.js", key: "layers/layer2.1/units.js")
            #expect(data["folder"] as? String == "layers/layer2.1")
            #expect(data["unit"] as? [Int] == Array(0..<120))
            for column in ["top", "active", "activeText", "selective", "selectiveText", "largest", "multiple", "picture"] {
                #expect((data[column] as? [Any])?.count == 120, "\(column)")
            }
            // Prototypes for the first four; then the strongest real image; a dead unit has neither, nor a class.
            let pictures = try #require(data["picture"] as? [Any])
            #expect(pictures[0] as? Int == 1 && pictures[4] as? String == "images/4.png" && pictures[119] as? Int == 0)
            let names = try #require(data["classes"] as? [String])
            let top = try #require(data["top"] as? [[Int]])
            #expect(top[1].map { names[$0] } == ["deer", "cat", "bird"] && top[119].isEmpty)
            #expect((data["activeText"] as? [String])?[1] == "40.0\u{A0}%" && (data["active"] as? [Any])?[1] as? Double == 0.4)
            #expect((data["multiple"] as? [Any])?[1] as? Double == 0.8 && (data["multiple"] as? [Any])?[5] is NSNull)
            #expect(data["size"] as? [Int] == [96, 96, 1])
        }
    }

    @Test func manyClassesAreSpreadOverPages() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.classNames = (0..<400).map { "\($0) of things with a second name and a third one & more " + String(repeating: "<of these names>, ", count: 12) + "" }
            fixture.layerNames = ["layer1"]
            fixture.classesWithPrototypes = 0..<40
            _ = try SiteRenderer(run: try fixture.write(to: place + "/run")).render(to: place + "/site")
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            let files = try LinkChecker.files(in: place + "/site/classes").filter { !$0.contains("/") && $0.hasSuffix(".html") }
            #expect(files.count > 1)
            var linked = Set<String>()
            for file in files {
                let text = try String(contentsOfFile: place + "/site/classes/" + file, encoding: .utf8)
                #expect(text.utf8.count < 100_000, "\(file): \(text.utf8.count)")
                for part in text.components(separatedBy: "href=\"../classes/").dropFirst() { linked.insert(String(part.prefix { $0 != "/" })) }
            }
            #expect(linked.isSuperset(of: (0..<400).map(String.init)))
        }
    }

    @Test func templatesOfAHundredClassesStayLight() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.classNames = (0..<100).map { "class number \($0)" }
            fixture.layerNames = ["layer1"]
            fixture.classesWithPrototypes = 0..<0
            fixture.templates = [FixtureTemplates(layer: "layer1.letkd", kind: .subClasses, count: 300, grid: [8, 8], images: 40, usedEvery: 3)]
            _ = try SiteRenderer(run: try fixture.write(to: place + "/run")).render(to: place + "/site")
            for file in try LinkChecker.files(in: place + "/site") where file.hasSuffix(".html") {
                let size = try String(contentsOfFile: place + "/site/" + file, encoding: .utf8).utf8.count
                #expect(size < 100_000, "\(file): \(size)")
            }
        }
    }

    @Test func namesAreClippedByScalars() {
        #expect(PlainText.clipped("cat", to: 3) == "cat" && PlainText.clipped("cats", to: 3) == "ca…")
        #expect(PlainText.clipped("日本語") == "日本語")
        #expect(PlainText.clipped("a" + String(repeating: "\u{301}", count: 1000), to: 10).unicodeScalars.count == 10)
    }
}

/// Reads what a data script hands over.
enum DataScripts {
    static func read(_ path: String, key: String) throws -> [String: Any] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let begin = "vitrine.receive(\"\(key)\",", end = ");\n"
        try #require(text.hasPrefix(begin) && text.hasSuffix(end))
        let json = text.dropFirst(begin.count).dropLast(end.count)
        return try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    }
}
