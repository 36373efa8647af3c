import Foundation
import Run
import Testing

@testable import Site

struct SearchIndexTests {
    @Test func itHoldsAllThatHasAPage() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.templates = [FixtureTemplates(layer: "layer3.letkd", kind: .subClasses, count: 12)]
            _ = try SiteRenderer(run: try fixture.write(to: place + "/run")).render(to: place + "/site")
            let index = try DataScripts.read(place + "/site/search.js", key: "search.js")
            #expect(index["classes"] as? [String] == fixture.classNames && index["classPages"] as? Int == 6)
            let layers = try #require(index["layers"] as? [[String: Any]])
            #expect(layers.map { $0["name"] as? String } == ["layer1", "layer2.1"])
            let layer = layers[1]
            #expect(layer["folder"] as? String == "layers/layer2.1" && layer["count"] as? Int == 5 && layer["units"] == nil)
            // Unit 1 responds to deer, cat and bird; unit 4 is dead.
            #expect((layer["top"] as? [Int])?[3..<6] == [4, 3, 2] && (layer["top"] as? [Int])?[12..<15] == [-1, -1, -1])
            #expect(layer["dead"] as? [Int] == [4] && layer["concepts"] as? [Int] == [])
            let templates = try #require(index["templates"] as? [[String: Any]])
            #expect(templates.count == 1 && templates[0]["noun"] as? String == "template")
            #expect(templates[0]["numbers"] as? [Int] == Array(0..<12) && (templates[0]["owner"] as? [Int])?.prefix(3) == [0, 0, 1])
            // Every address that the field can lead to.
            for number in 0..<12 { #expect(FileManager.default.fileExists(atPath: place + "/site/distillation/layer3.letkd/\(number)/index.html")) }
            for script in ["assets/search.js", "assets/cards.js", "assets/line-up.js"] {
                #expect(FileManager.default.fileExists(atPath: place + "/site/" + script))
            }
        }
    }

    @Test func hostileNamesStayText() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.classNames[3] = "</script>\"),alert(1);\u{2028}//\u{202E}\\"
            fixture.layerNames = ["\");alert(2);//", "layer2.1"]
            _ = try SiteRenderer(run: try fixture.write(to: place + "/run")).render(to: place + "/site")
            let index = try DataScripts.read(place + "/site/search.js", key: "search.js")
            let name = try #require((index["classes"] as? [String])?[3])
            #expect(name.hasPrefix("</script>\"),alert(1);") && !name.unicodeScalars.contains("\u{202E}") && !name.unicodeScalars.contains("\u{2028}"))
            #expect((index["layers"] as? [[String: Any]])?.first?["name"] as? String == "\");alert(2);//")
        }
    }

    @Test func pagesOfferSearchWithoutNeedingIt() throws {
        try withTemporaryFolder { place in
            _ = try SiteRenderer(run: try FixtureRun().write(to: place + "/run")).render(to: place + "/site")
            for page in ["index.html", "method.html", "layers/layer1/index.html", "layers/layer1/0/index.html", "classes/0/index.html"] {
                let text = try String(contentsOfFile: place + "/site/" + page, encoding: .utf8)
                // Hidden without scripts, and the index is not loaded with the page.
                #expect(text.contains("<div class=\"tools scripted\"") && !text.contains("search.js"), "\(page)")
                #expect(text.contains("role=\"combobox\"") && text.contains("data-shortcut"), "\(page)")
            }
            let style = try String(contentsOfFile: place + "/site/assets/vitrine.css", encoding: .utf8)
            #expect(style.contains(":root:not([data-scripted]) .scripted { display: none !important; }"))
        }
    }

    @Test func scriptsAndStyleStaySmall() throws {
        let assets = try Resources.find().assets
        func bytes(_ suffix: String) throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: assets).filter { $0.hasSuffix(suffix) }
                .map { try Data(contentsOf: URL(fileURLWithPath: assets + "/" + $0)).count }.reduce(0, +)
        }
        #expect(try bytes(".js") < 30_000)
        #expect(try bytes(".css") < 30_000)
    }

    @Test func formulasCanBeScrolledByKeyboard() throws {
        try withTemporaryFolder { place in
            _ = try SiteRenderer(run: try FixtureRun().write(to: place + "/run")).render(to: place + "/site")
            let text = try String(contentsOfFile: place + "/site/method.html", encoding: .utf8)
            let formulas = text.components(separatedBy: "<math display=\"block\">").count - 1
            #expect(formulas > 1)
            let boxed = "<span class=\"formula\" role=\"group\" aria-label=\"Formula\" tabindex=\"0\"><math display=\"block\">"
            #expect(text.components(separatedBy: boxed).count - 1 == formulas)
            #expect(text.components(separatedBy: "</math></span>").count - 1 == formulas)
        }
    }
}
