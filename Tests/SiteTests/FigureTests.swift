import Diagnostics
import Foundation
import Images
import Run
import Testing

@testable import Site

struct FigureTests {
    private func figure(
        _ kind: FigureRequest.Kind, width: Double = 3.25, image: String? = nil, layer: String? = nil, isAnonymous: Bool = false,
        _ change: (inout FixtureRun) -> Void = { _ in }, _ body: (FigureRenderer.Figure, _ again: FigureRenderer.Figure) throws -> Void
    ) throws {
        try withTemporaryFolder { place in
            var fixture = FixtureRun()
            fixture.templates = [FixtureTemplates(layer: "layer2.1.letkd", kind: .subClasses, count: 48)]
            change(&fixture)
            let renderer = FigureRenderer(run: try fixture.write(to: place + "/secret-run"))
            let request = FigureRequest(
                kind: kind, run: place + "/secret-run", layer: layer, image: image, width: width, isAnonymous: isAnonymous)
            try body(try renderer.render(request), try renderer.render(request))
        }
    }

    private func text(_ figure: FigureRenderer.Figure, _ ending: String) throws -> String {
        String(decoding: try #require(figure.files.first { $0.name == figure.name + ending }).bytes, as: UTF8.self)
    }

    @Test func aMapComesInEveryFormat() throws {
        try figure(.init(TemplateMapFigure.self), image: "cat/1.png") { figure, again in
            #expect(figure.name == "template-map-layer2-1-letkd-1")
            #expect(figure.files.map(\.name) == [".pdf", ".svg", ".png", ".csv", ".tex", ".json", ".bib"].map { figure.name + $0 })
            for (one, other) in zip(figure.files, again.files) { #expect(one.bytes == other.bytes, "\(one.name)") }
            let svg = try text(figure, ".svg")
            #expect(svg.contains("width=\"234pt\"") && svg.contains("<title id=\"title\">Template maps of layer2.1.letkd in cat/1.png</title>"))
            #expect(svg.contains(">Teacher</text>") && svg.contains("href=\"data:image/png;base64,") && svg.contains(">8</text>"))
            let png = try ImageDecoder.decode(try #require(figure.files.first { $0.name.hasSuffix(".png") }).bytes, name: "png")
            #expect(png.width == 975)
            let pdf = try #require(figure.files.first { $0.name.hasSuffix(".pdf") }).bytes
            #expect(pdf.starts(with: Array("%PDF-".utf8)) && !String(decoding: pdf, as: UTF8.self).contains("/Type3"))
            let latex = try text(figure, ".tex")
            #expect(latex.contains("width=3.250in") && latex.contains("solid at 2.00") && latex.contains("\\label{fig:template-map-layer2-1-letkd-1}"))
            #expect(figure.warnings.isEmpty)
            let json = try #require(figure.files.first { $0.name.hasSuffix(".json") }).bytes
            let request = try FigureRenderer.request(inProvenance: json, name: "x")
            #expect(request.kind.rawValue == "template-map" && request.image == "cat/1.png" && request.width == 3.25)
        }
    }

    @Test func theMatrixIsNamedByClasses() throws {
        try figure(.init(ScoreMatrixFigure.self), width: 5.5) { figure, again in
            let svg = try text(figure, ".svg")
            #expect(svg.contains(">airplane</text>") && svg.contains("rotate(-90") && svg.contains(">≤ 0.001</text>"))
            let numbers = try text(figure, ".csv").components(separatedBy: "\r\n")
            #expect(numbers.count == 98 && numbers[1] == "0,0,airplane,airplane,0.8")
            #expect(figure.files.map(\.bytes) == again.files.map(\.bytes))
        }
    }

    @Test func whatHasNoRoomIsSaid() throws {
        try figure(.init(TemplateMapFigure.self), width: 1.5) { figure, _ in
            #expect(figure.warnings.contains { $0.contains("no room") })
            let latex = try text(figure, ".tex")
            #expect(!latex.contains("numbers:"))
        }
    }

    @Test func anAnonymousFigureTellsNoNames() throws {
        try figure(.init(TemplateMapFigure.self), image: "cat/0.png", isAnonymous: true) { figure, _ in
            #expect(!figure.files.contains { $0.name.hasSuffix(".bib") })
            for file in figure.files {
                let text = String(decoding: file.bytes, as: UTF8.self)
                for name in ["secret-run", "cat/0.png", "A small network", "net.pth"] { #expect(!text.contains(name), "\(name) in \(file.name)") }
            }
        }
    }

    @Test func hostileNamesStayText() throws {
        try figure(
            .init(TemplateMapFigure.self),
            { fixture in
                fixture.classNames = ["<script>&\"", "\\input{x}%$", "c", "d", "e", "f"]
                fixture.imagePath = { "50%_\\x{\($0)}<b>.png" }
            }
        ) { figure, _ in
            let svg = try text(figure, ".svg")
            #expect(!svg.contains("<script>") && !svg.contains("<b>"))
            let latex = try text(figure, ".tex")
            #expect(latex.contains("50\\%\\_\\textbackslash{}x\\{0\\}"))
        }
    }

    @Test func whatIsNotThereIsAProblem() throws {
        #expect { try figure(.init(TemplateMapFigure.self), image: "cat/11.png") { _, _ in } } throws: { "\($0)".contains("no template map") }
        #expect { try figure(.init(TemplateMapFigure.self), layer: "layer2.1.letk") { _, _ in } } throws: { "\($0)".contains("layer2.1.letkd") }
        #expect(throws: Problem.self) { try figure(.init(TemplateMapFigure.self), width: .nan) { _, _ in } }
        #expect(throws: Problem.self) { try figure(.init(TemplateMapFigure.self), { $0.templates = [] }) { _, _ in } }
        #expect(throws: Problem.self) {
            try figure(.init(ScoreMatrixFigure.self), { $0.templates = [FixtureTemplates(layer: "l.letkd", kind: .vocabulary, count: 20)] }) { _, _ in }
        }
        #expect(throws: Problem.self) { try FigureRenderer.request(inProvenance: Array("{}".utf8), name: "x.json") }
    }
}
