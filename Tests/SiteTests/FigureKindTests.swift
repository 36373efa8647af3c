import Diagnostics
import Foundation
import Images
import Run
import Testing

@testable import Site

/// What holds for figures of all kinds; what each shows.
struct FigureKindTests {
    /// A kind, how it is asked for, what its SVG says, and how many lines its table has.
    struct Case: Sendable, CustomTestStringConvertible {
        let kind: String
        var layer: String? = "layer2.1"
        var units: [String]?
        var classes: [String]?
        var name: String
        let words: [String]
        let lines: Int
        var testDescription: String { name }

        var request: FigureRequest {
            get throws {
                FigureRequest(
                    kind: try #require(FigureRequest.Kind(rawValue: kind)), run: "", layer: layer, units: units, classes: classes, width: 3.25, textSize: 8)
            }
        }
    }

    static let cases = [
        Case(
            kind: "unit", units: ["1"], name: "unit-layer2-1-1",
            words: [">Prototype<", ">Masked<", ">Top-activating images<", ">Relevance in the images it was matched to<", "prototype 4.50",
                "The prototype reaches 4.50, 0.800 × the strongest"], lines: 13),
        Case(kind: "units", units: ["3", "0-1"], name: "units-layer2-1-3-0-1", words: [">unit 3<", ">unit 0<", ">unit 1<", ">bird<"], lines: 5),
        Case(kind: "classes", layer: nil, classes: ["dog", "0"], name: "classes-5-0", words: [">dog<", ">airplane<"], lines: 4),
        Case(kind: "methods", layer: nil, name: "methods", words: [">VITAL<", ">Real images<", ">judge 90.0\u{A0}%<", ">bird<", ">–<"], lines: 13),
        Case(kind: "histogram", units: ["2"], name: "histogram-layer2-1-2", words: [">images<", ">strongest activation in an image<", ">prototype 4.50<"], lines: 7),
        Case(kind: "flow", units: ["0"], name: "flow-layer2-1-0", words: [">from layer1<", ">unit 2  50.0\u{A0}%<", ">unit 1  −12.5\u{A0}%<", ">cat  6.2\u{A0}%<"], lines: 5),
        Case(kind: "flow", layer: nil, classes: ["cat"], name: "flow-class-3", words: [">layer1<", ">layer2.1<", ">unit 4  56.2\u{A0}%<"], lines: 6),
        Case(kind: "unit-map", name: "unit-map-layer2-1", words: [">0<", ">3<", ">bird<"], lines: 6),
        Case(kind: "template-map", layer: "layer2.1.letkd", name: "template-map-layer2-1-letkd-0", words: [">Student<", ">Teacher<"], lines: 18),
        Case(kind: "score-matrix", layer: nil, name: "score-matrix-layer2-1-letkd", words: [">airplane<", ">≤ 0.001<"], lines: 98),
    ]

    private func fixture(_ change: (inout FixtureRun) -> Void = { _ in }) -> FixtureRun {
        var fixture = FixtureRun()
        fixture.templates = [FixtureTemplates(layer: "layer2.1.letkd", kind: .subClasses, count: 48)]
        (fixture.hasComparison, fixture.hasRelevance, fixture.hasUnitFindings) = (true, true, true)
        change(&fixture)
        return fixture
    }

    private func text(_ figure: FigureRenderer.Figure, _ ending: String) throws -> String {
        String(decoding: try #require(figure.files.first { $0.name == "\(figure.name).\(ending)" }).bytes, as: UTF8.self)
    }

    @Test func everyKindHasACase() {
        #expect(Set(Self.cases.map(\.kind)) == Set(FigureRequest.Kind.allCases.map(\.rawValue)))
        for kind in FigureRequest.Kind.allCases { #expect(!kind.summary.isEmpty) }
    }

    @Test(arguments: cases) func aKind(_ example: Case) throws {
        try withTemporaryFolder { place in
            let run = try fixture().write(to: place + "/run")
            var request = try example.request
            request.run = place + "/run"
            let figure = try FigureRenderer(run: run).render(request)
            #expect(figure.name == example.name && figure.warnings == [])
            #expect(figure.files.map(\.name) == ["pdf", "svg", "png", "csv", "tex", "json", "bib"].map { "\(figure.name).\($0)" })

            let svg = try text(figure, "svg")
            for words in example.words { #expect(svg.contains(words), "\(words)") }
            #expect(svg.contains("width=\"234pt\"") && svg.contains("<title id=\"title\">") && !svg.contains("<desc id=\"desc\"></desc>"))
            let table = try text(figure, "csv").components(separatedBy: "\r\n")
            #expect(table.count == example.lines && Set(table.dropLast().map { $0.filter { $0 == "," }.count }).count == 1)

            // Its font is embedded as TrueType, and pictures at their own resolution.
            let pdf = String(decoding: try #require(figure.files.first).bytes, as: UTF8.self)
            #expect(pdf.contains("/FontFile2") && pdf.contains("Arimo") && !pdf.contains("/Type3"))
            let png = try ImageDecoder.decode(figure.files[2].bytes, name: "png")
            #expect(png.width == 975)

            let latex = try text(figure, "tex")
            #expect(latex.utf8.allSatisfy { $0 < 0x80 } && latex.contains("width=3.250in") && latex.contains("\\label{fig:\(figure.name)}"))

            // From its JSON it is made again, byte for byte.
            let again = try FigureRenderer.request(inProvenance: Array(text(figure, "json").utf8), name: "json")
            #expect(again == request)
            for (one, other) in zip(figure.files, try FigureRenderer(run: run).render(again).files) { #expect(one.bytes == other.bytes, "\(one.name)") }
        }
    }

    /// Names that mean something to a shell, HTML, LaTeX, BibTeX or a disk; long ones; other scripts.
    static let hostileNames = [
        "<script>alert(1)</script>", "\\input{x}%$&#_^~{", String(repeating: "long ", count: 60), "كلب {b", "😀 dog", "Übung \"a\"\u{301}`--`",
    ]

    @Test(arguments: cases) func hostileNamesStayText(_ example: Case) throws {
        try withTemporaryFolder { place in
            let layer = "<b>\\input{l}%_\u{202E}"
            let fixture = fixture {
                $0.classNames = Self.hostileNames
                $0.layerNames = ["layer1", layer]
                $0.imagePath = { "50%_\\x{\($0)}<b>.png" }
            }
            let run = try fixture.write(to: place + "/run")
            var request = try example.request
            request.run = place + "/run"
            if request.layer == "layer2.1" { request.layer = layer }
            if request.classes != nil { request.classes = ["0", "3"] }
            if example.kind == "flow", request.classes != nil { request.classes = ["3"] }
            for (width, size) in [(1.0, 24.0), (1, 6), (3.25, 8), (6.875, 9)] {
                (request.width, request.textSize) = (width, size)
                guard let figure = try? FigureRenderer(run: run).render(request) else {
                    #expect(width == 1)
                    continue
                }
                #expect(figure.name.utf8.allSatisfy { $0 < 0x80 && $0 > 0x20 && !"<>\\%{}._~/".utf8.contains($0) } && figure.name.count < 200)
                let svg = try text(figure, "svg")
                #expect(!svg.contains("<script") && !svg.contains("<b>"))
                // Nothing stands outside, but at an inch.
                let written = svg.matches(of: /x="(-?[0-9.]+)"/).compactMap { Double($0.output.1) }
                #expect(written.allSatisfy { $0 >= -0.01 && $0 <= width * 72 + 0.01 } || width == 1)
                _ = try XMLDocumentCheck(svg)
                for ending in ["tex", "bib"] {
                    let text = try text(figure, ending)
                    #expect(!text.contains("\\input"), "\(ending)")
                    // But for comments and BibTeX's key.
                    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("%") && !$0.hasPrefix("@") }.joined(separator: "\n")
                        + (ending == "bib" ? "{" : "")
                    // Unescaped, these mean something.
                    let letters = Array(lines)
                    for place in letters.indices.dropFirst() where "%#&_".contains(letters[place]) { #expect(letters[place - 1] == "\\", "\(ending)") }
                    // BibTeX counts escaped ones, too.
                    let counted = ending == "bib" ? lines : lines.replacing("\\{", with: "").replacing("\\}", with: "")
                    #expect(counted.count { $0 == "{" } == counted.count { $0 == "}" }, "\(ending)")
                }
            }
        }
    }

    /// Just enough of XML: tags that are closed in order.
    private struct XMLDocumentCheck {
        init(_ text: String) throws {
            var open: [Substring] = []
            var rest = text[...]
            while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
                let tag = rest[rest.index(after: start)..<end]
                rest = rest[rest.index(after: end)...]
                if tag.hasPrefix("?") || tag.hasSuffix("/") { continue }
                if tag.hasPrefix("/") {
                    #expect(open.popLast() == tag.dropFirst())
                } else {
                    open.append(tag.prefix { $0 != " " && $0 != "\n" })
                }
            }
            #expect(open.isEmpty)
        }
    }

    @Test func namesThatCannotBeSetAreReplacedAndTold() throws {
        try withTemporaryFolder { place in
            let run = try fixture { $0.classNames = ["airplane", "automobile", "bird", "كلب", "deer", "dog"] }.write(to: place + "/run")
            let figure = try FigureRenderer(run: run).render(.init(kind: .init(ClassesFigure.self), run: "", classes: ["كلب"], width: 3.25))
            #expect(try text(figure, "svg").contains(">class 3</text>"))
            #expect(figure.warnings.contains { $0.contains("U+0643") && $0.contains("class 3") })
            #expect(try text(figure, "csv").contains("كلب"))
            let flow = try FigureRenderer(run: run).render(.init(kind: .init(FlowFigure.self), run: "", classes: ["3"], width: 3.25))
            let latex = try text(flow, "tex")
            #expect(latex.contains("\\ifx\\pdftexversion\\undefined كلب\\else U+0643 U+0644 U+0628\\fi") && latex.contains("LuaLaTeX"))
            #expect(flow.warnings.contains { $0.contains("LuaLaTeX") })
        }
    }

    @Test func whatTheRunLacksIsSaidWithItsOption() throws {
        try withTemporaryFolder { place in
            var small = FixtureRun()
            small.classesWithPrototypes = 0..<2
            let run = try small.write(to: place + "/run")
            func fault(_ kind: String, _ change: (inout FigureRequest) -> Void = { _ in }) throws -> FigureFault? {
                var request = FigureRequest(kind: try #require(FigureRequest.Kind(rawValue: kind)), run: place, width: 3.25)
                change(&request)
                do { _ = try FigureRenderer(run: run).check(request) } catch let fault as FigureFault { return fault }
                return nil
            }
            func expect(_ fault: FigureFault?, _ key: FigureRequest.Key, _ words: String...) {
                #expect(fault?.key == key)
                for word in words { #expect("\(fault.map { "\($0.problem)" } ?? "")".contains(word), "\(word)") }
            }
            expect(try fault("unit") { $0.units = ["4"] }, .units, "unit 4 of layer1", "--units layer1:4")
            expect(try fault("units") { $0.units = ["0-4"] }, .units, "--units layer1:4")
            expect(try fault("unit") { $0.units = ["9"] }, .units, "0 to 4")
            expect(try fault("unit") { $0.units = ["0", "1"] }, .units, "one unit")
            expect(try fault("units") { $0.layer = "layer2.2" }, .layer, "Did you mean layer2.1?")
            expect(try fault("classes") { $0.classes = ["dog"] }, .classes, "--classes 5")
            expect(try fault("classes") { $0.classes = ["wolf"] }, .classes, "wolf")
            expect(try fault("classes") { $0.layer = "layer1" }, .layer, "takes no layer")
            expect(try fault("methods"), .kind, "vitrine compare")
            expect(try fault("flow"), .kind, "--composite")
            expect(try fault("flow") { $0.classes = ["cat"] }, .kind, "relevance of classes")
            expect(try fault("unit-map"), .kind, "map of its units")
            expect(try fault("template-map"), .kind, "no layer that matches templates")
            expect(try fault("classes") { $0.width = .nan }, .width, "inches")
            expect(try fault("classes") { $0.textSize = 2 }, .textSize, "points")
            for name in ["", "-x", "_x", "a.b", "a/b", "../a", "aux", "x y", "ä", String(repeating: "a", count: 101)] {
                expect(try fault("classes") { $0.name = name }, .name, "cannot be the name")
            }
            expect(try fault("classes") { $0.font = place + "/run/run.json" }, .font, "no font")
        }
    }

    @Test func smallTypeIsWarnedOf() throws {
        try withTemporaryFolder { place in
            let run = try fixture().write(to: place + "/run")
            let figure = try FigureRenderer(run: run).render(.init(kind: .init(ClassesFigure.self), run: "", width: 3.25, textSize: 5, name: "mine"))
            #expect(figure.name == "mine" && figure.warnings.contains { $0.contains("5.0 points") })
        }
    }

    @Test(arguments: cases) func anAnonymousFigureTellsNoNames(_ example: Case) throws {
        try withTemporaryFolder { place in
            let run = try fixture { $0.imagePath = { "private/\($0).png" } }.write(to: place + "/secret-run")
            var request = try example.request
            (request.run, request.isAnonymous, request.author) = (place + "/secret-run", true, "Ada Lovelace")
            request.font = try Resources.find().assets + "/fonts/Arimo-Bold.ttf"
            let figure = try FigureRenderer(run: run).render(request)
            #expect(!figure.files.contains { $0.name.hasSuffix(".bib") })
            for file in figure.files {
                let text = String(decoding: file.bytes, as: UTF8.self)
                for name in ["secret-run", "private/", "A small network", "net.pth", "Lovelace", "assets/fonts"] {
                    #expect(!text.contains(name), "\(name) in \(file.name)")
                }
            }
        }
    }

    @Test func tinyPicturesAreEnlargedByWholeFactors() {
        for room in [30.0, 44.0, 61.3, 96.0] {
            let frame = PictureFrame((32, 32), room: room)
            let factor = frame.width / 32 / PictureFrame.dot
            #expect(frame.isPixelated && frame.width <= room && abs(factor - factor.rounded()) < 1e-9 && factor >= 1)
        }
        let photograph = PictureFrame((224, 112), room: 50)
        #expect(!photograph.isPixelated && photograph.width == 50 && photograph.height == 25)
    }

    @Test func venuesHaveWidthsAndSizesOfType() {
        for venue in Venue.allCases {
            #expect(venue.label >= FigureRenderer.smallestText && venue.label < venue.caption || venue == .aaai)
            #expect(venue.caption <= venue.body && (venue.column ?? 0) < venue.page)
        }
        #expect(Venue.aaai.label == 9 && Venue.cvpr.label == 8 && Venue.jmlr.body == 11)
    }

    @Test func selectionsKeepTheirOrder() throws {
        func numbers(_ text: String, below count: Int = 10) throws -> [Int] {
            try FigureSelection.numbers(FigureRequest.parts(of: text), below: count, noun: "class", key: .classes, of: "the run") {
                ["cat": 3, "a, b": 4, "7": 1][$0]
            }
        }
        #expect(try numbers("5, 2-3,5") == [5, 2, 3] && numbers("cat, \"a, b\", 7") == [3, 4, 1])
        for text in ["", "10", "3-2", "0-9223372036854775807", "-1", "dog"] { #expect(throws: FigureFault.self, "\(text)") { try numbers(text) } }
        #expect(throws: FigureFault.self) { try numbers("0-99999", below: 1_000_000) }
    }
}
