import Foundation
import Images
import Run
import Testing

@testable import Site

struct DistillationTests {
    private static let student = [
        FixtureTemplates(layer: "layer2.1.letkd", kind: .subClasses, count: 48, usedEvery: 5),
        FixtureTemplates(layer: "layer3.letkd", kind: .vocabulary, count: 60),
    ]

    private func site(_ fixture: FixtureRun, _ body: (_ page: (String) throws -> String, _ place: String) throws -> Void) throws {
        try withTemporaryFolder { place in
            let summary = try SiteRenderer(run: try fixture.write(to: place + "/run")).render(to: place + "/site")
            #expect(summary.missingPictures == 0)
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            try body({ try String(contentsOfFile: place + "/site/" + $0, encoding: .utf8) }, place + "/site")
        }
    }

    @Test func `linear probes are shown with the interval of their change`() throws {
        var fixture = FixtureRun()
        fixture.templates = Self.student
        try withTemporaryFolder { place in
            let run = try fixture.write(to: place + "/run")
            func page() throws -> String {
                _ = try SiteRenderer(run: run).render(to: place + "/site")
                return try String(contentsOfFile: place + "/site/distillation/index.html", encoding: .utf8)
            }
            try run.write(LinearProbes(fitted: 0, tested: 0, classes: 1, layers: []), to: .linearProbes)
            #expect(!(try page()).contains("Linear probes"))
            let layer = LinearProbes.Layer(layer: "layer3.letkd", correctBefore: 280, correctBehind: 300, gained: 30, lost: 10)
            try run.write(LinearProbes(fitted: 401, tested: 400, classes: 10, layers: [layer]), to: .linearProbes)
            let text = try page()
            // 20 of 400 more; of paired answers sqrt((40 - 20 * 20 / 400) / 400 ^ 2) * 1.96.
            for part in ["fitted to 401 images, tested on 400 others", ">70.0\u{A0}%<", ">75.0\u{A0}%<", ">+5.0 ± 3.1<"] {
                #expect(text.contains(part), "\(part)")
            }
        }
    }

    @Test func aStudentWithTwoLayersIsShown() throws {
        var fixture = FixtureRun()
        fixture.templates = Self.student
        try site(fixture) { page, place in
            let first = try page("distillation/index.html")
            for text in [
                "Its teacher was ResNet-56 (CIFAR).", "class=\"number\">95.0\u{A0}%</td>", ">+10.0<", "<td>48 templates, 38 unused</td>",
                "<td>60 words, none unused</td>", "averaged over 2 × 2 positions in the space of 9 linear discriminants",
                "The teacher saw these images", "<th scope=\"row\" class=\"break\">epochs</th>", "letkd-2",
            ] { #expect(first.contains(text), "\(text)") }
            let layer = try page("distillation/layer2.1.letkd/index.html")
            for text in [
                "10 of 48 templates", "38 unused", ">10.0\u{A0}%<", ">50.0\u{A0}%<", ">75.0\u{A0}%<", "id=\"matrix-title\"",
                "stays in the class", "aria-label=\"template 1\"",
            ] { #expect(layer.contains(text), "\(text)") }
            #expect(layer.components(separatedBy: "<span class=\"card-name\">template ").count - 1 == 48)
            let matrix = try ImageDecoder.picture(at: place + "/distillation/layer2.1.letkd/score-matrix.png")
            #expect(matrix.width == 48 && matrix.height == 48)
            let template = try page("distillation/layer2.1.letkd/5/index.html")
            for text in [
                "Semantic neighbours", "<span class=\"tag\">itself</span>", ">80.0\u{A0}%<", ">0.750<", "of the teacher’s, the student’s too",
                "rel=\"next\" href=\"../../../distillation/layer2.1.letkd/6/index.html\"",
            ] { #expect(template.contains(text), "\(text)") }
            #expect(try page("distillation/layer2.1.letkd/1/index.html").contains("Unused: at no position of 120 images"))
            let map = try page("distillation/layer2.1.letkd/maps/0/index.html")
            for text in ["id=\"student-title\"", "id=\"teacher-title\"", "no match", "<text fill=\"#", "the same for student and teacher"] {
                #expect(map.contains(text), "\(text)")
            }
            // Every position of the teacher's leads to its row of the score matrix, as bars.
            let second = try page("distillation/layer2.1.letkd/maps/1/index.html")
            #expect(second.components(separatedBy: "<td><a href=\"#row-").count - 1 == 16)
            let row = try #require(second.components(separatedBy: "<tr id=\"row-8\">").dropFirst().first?.components(separatedBy: "</tr>").first)
            for text in ["distillation/layer2.1.letkd/8/index.html", "80.0\u{A0}%", "20.0\u{A0}%", "<span class=\"tag\">itself</span>", "class=\"bar\""] {
                #expect(row.contains(text), "\(text)")
            }
            #expect(!(try page("distillation/layer3.letkd/maps/1/index.html")).contains("id=\"confused\""))
            let numbers = try page("distillation/layer2.1.letkd/maps/1/map.csv").components(separatedBy: "\r\n")
            #expect(numbers.count == 18 && numbers[1] == "0,0,8,automobile,0,8,automobile," && numbers[5] == "1,0,,,0,9,automobile,")
            let vectors = try page("distillation/layer2.1.letkd/semantics/index.html")
            #expect(vectors.contains("37.5\u{A0}% of the variance") && vectors.contains("t-SNE"))
            // Words have no class, no t-SNE was made of them, and they come in the order of their use.
            let words = try page("distillation/layer3.letkd/index.html")
            #expect(words.contains("word 0 ") == false && words.contains("word 0<") && words.contains("class whose images it matches most"))
            #expect(!words.contains("same class as") && !words.contains("id=\"matrix-title\""))
            // What agreement by chance would be: 30 positions of the teacher's for each template, and 328 or 1,956 of the student's, of 1,920.
            #expect(words.contains("the same word; 1.6\u{A0}% by chance<") && layer.contains("the same template; 0.3\u{A0}% by chance<"))
            #expect(layer.contains("of positions: one of the same class; 2.1\u{A0}% by chance<"))
            #expect(layer.contains(">same class</th>") && !words.contains(">same class</th>"))
            #expect(!(try page("distillation/layer3.letkd/semantics/index.html")).contains("id=\"t-sne\""))
            #expect(try page("index.html").contains("href=\"distillation/index.html\""))
            #expect(try page("method.html").contains("is <em>unused</em>"))
            let report = try JSONSerialization.jsonObject(with: Data(page("report.json").utf8)) as? [String: Any]
            let layers = (report?["distillation"] as? [String: Any])?["layers"] as? [String: [String: Any]]
            #expect(layers?["distillation/layer3.letkd"]?["templates"] as? Int == 60)
            #expect((layers?["distillation/layer2.1.letkd"]?["unused"] as? [Int])?.count == 38)
        }
    }

    @Test func withoutATeacherNothingIsCompared() throws {
        var fixture = FixtureRun()
        fixture.templates = [
            FixtureTemplates(layer: "layer1.templates", kind: .classTemplates, count: 24, hasTeacher: false),
            FixtureTemplates(layer: "layer2.templates", kind: .freeTemplates, count: 24, hasTeacher: false),
        ]
        try site(fixture) { page, _ in
            let layer = try page("distillation/layer1.templates/index.html")
            #expect(layer.contains("which the labels of the images taught it") && !layer.contains("Student and teacher agree"))
            #expect(!(try page("distillation/layer1.templates/maps/0/index.html")).contains("teacher"))
            #expect(try page("distillation/layer2.templates/index.html").contains("nothing but the task taught them"))
            #expect(!(try page("distillation/index.html")).contains("<th scope=\"col\" class=\"number\">teacher</th>"))
        }
    }

    @Test func aVocabularyOfThousandsStaysBounded() throws {
        var fixture = FixtureRun()
        fixture.templates = [FixtureTemplates(layer: "layer3.letkd", kind: .vocabulary, count: 4096, grid: [8, 8], images: 40, usedEvery: 2)]
        try site(fixture) { page, place in
            let files = try LinkChecker.files(in: place + "/distillation")
            let own = files.filter { $0.split(separator: "/").count == 3 && $0.hasSuffix("/index.html") && Int($0.split(separator: "/")[1]) != nil }
            #expect(own.count == TemplateLayer.picturedTemplates)
            for file in files where file.hasSuffix(".html") {
                let size = try page("distillation/" + file).utf8.count
                #expect(size < 100_000, "\(file): \(size)")
            }
            #expect(try page("distillation/layer3.letkd/index.html").contains("and 1,848 more"))
            #expect(files.contains("layer3.letkd/part-21.html") && !files.contains("layer3.letkd/part-22.html"))
            // Every page of the atlas says whose shares its cards have.
            for place in ["index", "part-2"] {
                let text = try page("distillation/layer3.letkd/\(place).html")
                #expect(text.contains("assigned to it by the student and the teacher") == text.contains("; teacher "), "\(place)")
            }
            #expect(try page("distillation/layer3.letkd/templates.csv").components(separatedBy: "\r\n").count == 4098)
        }
    }

    @Test func documentsThatDoNotFitAreShownAsFarAsTheyGo() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.templates = [FixtureTemplates(layer: "layer3.letkd", kind: .subClasses, count: 12, images: 2)]
            let run = try fixture.write(to: place + "/run")
            var maps = try #require(try run.read(TemplateMaps.self, from: .templateMaps(layer: "layer3.letkd")))
            maps.maps[0].student[0] = 999_999
            maps.maps[0].student[1] = -3
            maps.maps[0].strengths[1] = .nan
            maps.maps[1].strengths.removeLast()
            try run.write(maps, to: .templateMaps(layer: "layer3.letkd"))
            try run.write(ScoreMatrix(layer: "layer3.letkd", size: 12, smallest: 0, rows: []), to: .scoreMatrix(layer: "layer3.letkd"))
            var distillation = try #require(try run.read(Distillation.self, from: .distillation))
            distillation.layers.append("layer4.letkd")
            distillation.student?.correct.removeLast()
            try run.write(distillation, to: .distillation)
            _ = try SiteRenderer(run: run).render(to: place + "/site")
            #expect(try LinkChecker.brokenLinks(in: place + "/site") == [])
            let page = try String(contentsOfFile: place + "/site/distillation/index.html", encoding: .utf8)
            #expect(page.contains("Not computed yet: layer4.letkd"))
            #expect(!FileManager.default.fileExists(atPath: place + "/site/distillation/layer3.letkd/score-matrix.png"))
            #expect(!FileManager.default.fileExists(atPath: place + "/site/distillation/layer3.letkd/maps/1/index.html"))
        }
    }

    @Test func hostileNamesAreEscaped() throws {
        let script = "<script>alert(1)</script>"
        var fixture = FixtureRun()
        fixture.classNames = [script, "\"\u{301} onload=\"alert(1)", "c", "d", "e", "f"]
        fixture.imagePath = { "\(script)/\($0).png" }
        fixture.templates = [FixtureTemplates(layer: "../\(script)", kind: .subClasses, count: 12)]
        try site(fixture) { page, place in
            for path in try LinkChecker.files(in: place) where path.hasSuffix(".html") {
                let text = try page(path)
                for forbidden in ["<script>", "\" onload", "http://", "https://", " style=\"", "onclick"] {
                    #expect(!text.contains(forbidden), "\(forbidden) in \(path)")
                }
            }
        }
    }

    @Test func equalRunsGiveEqualBytes() throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.templates = Self.student
            let run = try fixture.write(to: place + "/run")
            for name in ["a", "b"] { _ = try SiteRenderer(run: run).render(to: place + "/" + name) }
            for file in try LinkChecker.files(in: place + "/a") {
                #expect(FileManager.default.contentsEqual(atPath: place + "/a/" + file, andPath: place + "/b/" + file), "\(file)")
            }
        }
    }
}
