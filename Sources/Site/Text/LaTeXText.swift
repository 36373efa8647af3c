/// Text from outside on its way into LaTeX: what pdfLaTeX sets in any encoding of its input and with its usual fonts.
///
/// Letters with accents and the usual signs become commands. For others pdfLaTeX prints the code point, and LuaLaTeX and XeLaTeX the letter
/// itself, which their font must have: `needsOtherEngine` names them.
enum LaTeXText {
    /// `text` as a piece of a paragraph: no character of it means anything to LaTeX.
    static func escaped(_ text: String) -> String { pieces(text).joined() }

    /// The characters for which pdfLaTeX has no letter, in the order in which they come, each once.
    static func needsOtherEngine(_ text: String) -> [Character] {
        var seen = Set<Character>()
        return PlainText.safe(text).filter { !isKnown($0) && seen.insert($0).inserted }
    }

    /// `text`, one piece for each character or run of characters that pdfLaTeX does not know.
    static func pieces(_ text: String) -> [String] {
        var result: [String] = [], unknown = ""
        var previous: Character?
        func flushed() -> [String] { unknown.isEmpty ? [] : [alternatives(unknown)] }
        for character in PlainText.safe(text) {
            guard isKnown(character) else {
                unknown.append(character)
                continue
            }
            result += flushed()
            unknown = ""
            // Dashes, quotation marks and some others join with their like.
            if let previous, previous == character, "-'`,<>!?".contains(character) { result.append("{}") }
            result.append(known(character))
            previous = character
        }
        return result + flushed()
    }

    /// pdfTeX alone knows its own version. Both branches are balanced.
    private static func alternatives(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let codes = scalars.prefix(8).map { "U+\(hexadecimal($0))" }.joined(separator: " ") + (scalars.count > 8 ? " \\dots" : "")
        return "{\\ifx\\pdftexversion\\undefined \(text)\\else \(codes)\\fi}"
    }

    /// `1F600`, at least four digits.
    static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private static func isKnown(_ character: Character) -> Bool {
        if let ascii = character.asciiValue { return ascii >= 0x20 || ascii == 0x0A }
        return signs[character] != nil || accented[character] != nil
    }

    private static func known(_ character: Character) -> String {
        signs[character] ?? accented[character] ?? String(character)
    }

    private static let signs: [Character: String] = [
        "\n": " ", "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "$\\mathdollar$", "&": "\\&", "#": "\\#", "_": "\\_", "%": "\\%",
        "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "<": "\\textless{}", ">": "\\textgreater{}", "|": "\\textbar{}", "\"": "{''}",
        "`": "\\`{}",
        "\u{A0}": "~", "\u{2009}": "\\,", "\u{202F}": "\\,", "\u{AD}": "\\-", "\u{2060}": "", "\u{200B}": "", "–": "--", "—": "---",
        "\u{2010}": "-", "\u{2011}": "\\mbox{-}", "‘": "`", "’": "'", "“": "``", "”": "''", "‚": ",", "„": ",,", "…": "\\dots{}",
        "−": "$-$", "×": "$\\times$", "÷": "$\\div$", "±": "$\\pm$", "·": "$\\cdot$", "•": "$\\bullet$", "°": "$^\\circ$", "µ": "$\\mu$",
        "∞": "$\\infty$", "≤": "$\\leq$", "≥": "$\\geq$", "≠": "$\\neq$", "≈": "$\\approx$", "→": "$\\to$", "←": "$\\leftarrow$",
        "¬": "$\\neg$", "²": "$^2$", "³": "$^3$", "¹": "$^1$", "½": "$\\frac12$", "¼": "$\\frac14$", "¾": "$\\frac34$",
        // The text's own of these come from a font of bitmaps where only LaTeX's base is installed, and are Type 3 then.
        "†": "$\\dagger$", "‡": "$\\ddagger$", "§": "$\\mathsection$", "¶": "$\\mathparagraph$", "©": "(c)", "®": "(R)",
        "™": "$^{\\mathrm{TM}}$", "£": "$\\mathsterling$", "¡": "!`", "¿": "?`", "ª": "$^a$", "º": "$^o$",
        "ß": "\\ss{}", "æ": "\\ae{}", "Æ": "\\AE{}", "œ": "\\oe{}", "Œ": "\\OE{}", "ø": "\\o{}", "Ø": "\\O{}", "ł": "\\l{}", "Ł": "\\L{}",
        "ı": "\\i{}",
    ]

    /// Letters that Unicode takes for a letter of ASCII and an accent; `Character` holds both ways to write them for one.
    private static let accented: [Character: String] = {
        let accents: [(Unicode.Scalar, String)] = [
            ("\u{300}", "`"), ("\u{301}", "'"), ("\u{302}", "^"), ("\u{303}", "~"), ("\u{304}", "="), ("\u{306}", "u"), ("\u{307}", "."),
            ("\u{308}", "\""), ("\u{30A}", "r"), ("\u{30B}", "H"), ("\u{30C}", "v"), ("\u{323}", "d"), ("\u{327}", "c"), ("\u{331}", "b"),
        ]
        var table: [Character: String] = [:]
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".unicodeScalars {
            for (accent, command) in accents {
                var both = String.UnicodeScalarView()
                both.append(letter)
                both.append(accent)
                // The dot of i and j gives way to an accent above.
                let isDotted = (letter == "i" || letter == "j") && !"dcb".contains(command)
                table[Character(String(both))] = "\\\(command){\(isDotted ? "\\\(letter) " : String(letter))}"
            }
        }
        return table
    }()
}
