import Testing

@testable import Site

struct TextTests {
    @Test(arguments: [
        (0, "0"), (1, "1.00"), (0.1234, "0.123"), (9.996, "10.0"), (123.4, "123"), (999.6, "1,000"), (12345, "12,345"),
        (-2.5, "−2.50"),
        (1e-7, "1.00e-07"), (1e9, "1.00e+09"), (Double.nan, "undefined"), (-Double.infinity, "−∞"),
    ])
    func short(value: Double, text: String) { #expect(Number.short(value) == text) }

    @Test(arguments: [(-0.001, "0.00"), (-0.006, "−0.01"), (0, "0.00"), (-0.41, "−0.41"), (0.996, "0.996")] as [(Float, String)])
    func `what rounds to zero has no sign`(value: Float, text: String) { #expect(Number.correlation(value) == text) }

    @Test(arguments: [
        (Float(0), "0 %"), (1, "100 %"), (0.5, "50.0 %"), (0.9999, "> 99.9 %"), (0.00001, "< 0.1 %"), (0.123, "12.3 %"),
        (1.5, "150.0 %"),
    ])
    func percent(value: Float, text: String) {
        #expect(Number.percent(value) == text.split(separator: " ").joined(separator: "\u{A0}"))
    }

    @Test func markdownIsLiteral() throws {
        let hostile = "*a* [b](javascript:x) <script> & `c` \\ _d_ # e 1. f"
        let html = try Markdown.html("x " + PlainText.markdown(hostile), allowsHTML: true).html
        #expect(html == "<p>x *a* [b](javascript:x) &lt;script&gt; &amp; `c` \\ _d_ # e 1. f</p>\n")
    }

    @Test func htmlEscapesByScalar() {
        #expect(
            PlainText.html("a<\u{338}b\"\u{301}").unicodeScalars.elementsEqual(
                "a&lt;\u{2060}\u{338}b&quot;\u{2060}\u{301}".unicodeScalars))
    }

    @Test func tables() {
        #expect(PlainText.csv("a,b\"c\nd") == "\"a,b\"\"c d\"")
        #expect(PlainText.bibTeX("50% {a}_b") == "50\\% \\{a\\}\\_b")
        #expect(PlainText.bibTeX("}{{a}") == "\\textbraceright{}\\textbraceleft{}\\{a\\}")
    }

    /// What plain, plainnat and alpha need: a label, a year, capitals kept; and as many braces closed as opened.
    @Test func aCitationServesUsualStyles() {
        var fixture = FixtureRun()
        fixture.title = "What ResNet-20 (CIFAR) of {Bonn looks for: A study"
        var manifest = fixture.manifest
        manifest.year = 2031
        let entry = Citation.bibTeX(manifest)
        #expect(entry.contains("title = {What {ResNet-20} {(CIFAR)} of {{\\textbraceleft{}Bonn}} looks for: A study},\n"))
        #expect(entry.contains("key = {ResNet-20 (CIFAR)},\n") && entry.contains("year = {2031},\n"))
        #expect(entry.count { $0 == "{" } == entry.count { $0 == "}" })
        #expect(Citation.bibTeX(manifest, author: "Ada Lovelace and Charles Babbage").contains("author = {Ada Lovelace and Charles Babbage},\n"))
    }
}
