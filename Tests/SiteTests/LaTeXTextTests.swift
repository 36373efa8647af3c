import Testing

@testable import Site

struct LaTeXTextTests {
    @Test(arguments: [
        ("50% a_b & $c #1", "50\\% a\\_b \\& $\\mathdollar$c \\#1"), ("\\input{x}", "\\textbackslash{}input\\{x\\}"), ("a~^b", "a\\textasciitilde{}\\textasciicircum{}b"),
        ("<a|b>", "\\textless{}a\\textbar{}b\\textgreater{}"), ("Übung ñ Ł", "\\\"{U}bung \\~{n} \\L{}"), ("e\u{301}", "\\'{e}"), ("ï", "\\\"{\\i }"),
        ("x--y", "x-{}-y"), ("3 × −2 … ≥", "3 $\\times$ $-$2 \\dots{} $\\geq$"), ("12.3\u{A0}%", "12.3~\\%"), ("a\nb", "a b"), ("“q”", "``q''"),
    ]) func pdfLaTeXKnowsIt(_ text: String, _ expected: String) {
        #expect(LaTeXText.escaped(text) == expected)
        #expect(LaTeXText.needsOtherEngine(text).isEmpty)
    }

    @Test func otherLettersHaveACodePointBesideThem() {
        #expect(LaTeXText.escaped("a 猫犬 b") == "a {\\ifx\\pdftexversion\\undefined 猫犬\\else U+732B U+72AC\\fi} b")
        #expect(LaTeXText.needsOtherEngine("собака, 猫, собака") == Array("собак猫"))
        #expect(LaTeXText.escaped("\u{202E}").contains("U+FFFD"))
    }

    @Test func bibTeXTakesAnAccentForALetter() {
        #expect(PlainText.bibTeX("Gödel {x") == "G{\\\"{o}}del \\textbraceleft{}x")
        #expect(PlainText.bibTeX("猫") == "{{\\ifx\\pdftexversion\\undefined 猫\\else U+732B\\fi}}")
        #expect(PlainText.bibTeXNames("{The Vision Group} and Kurt Gödel") == "{The Vision Group} and Kurt G{\\\"{o}}del")
        #expect(PlainText.bibTeXNames("{A} } B") == "\\{A\\} \\textbraceright{} B")
    }

    @Test func capitalsBehindAnAccentStay() {
        var fixture = FixtureRun()
        fixture.title = "Units of Übung-NET and {A} net"
        let entry = Citation.bibTeX(fixture.manifest)
        #expect(entry.contains("title = {Units of {{{\\\"{U}}bung-NET}} and {{\\{A\\}}} net},"))
    }

    @Test func wordsOfAShell() {
        #expect(ShellText.word("layer2.1") == "layer2.1" && ShellText.word("a b'c$(x)") == "'a b'\\''c$(x)'" && ShellText.word("") == "''")
    }
}
