/// Text that comes from outside (a checkpoint, a folder, a labels file) on its way into a page.
enum PlainText {
    /// `text` without what could escape escaping or confuse a reader.
    ///
    /// Escaping looks at whole characters, and a quotation mark with a combining accent is one character that is not a
    /// quotation mark: a word joiner keeps the two apart. Control characters and those that turn the direction of writing
    /// become U+FFFD; line breaks stay.
    static func safe(_ text: String) -> String {
        var isClean = true
        for byte in text.utf8 where (byte < 0x20 && byte != 0x0A) || byte >= 0x7F {
            isClean = false
            break
        }
        if isClean { return text }
        var result = String.UnicodeScalarView()
        var previousIsMarkup = false
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0D, 0x2028, 0x2029:
                result.append(" ")
                previousIsMarkup = false
                continue
            case 0..<0x0A, 0x0B..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069, 0xFFFE, 0xFFFF:
                result.append("\u{FFFD}")
                previousIsMarkup = false
                continue
            default: break
            }
            if previousIsMarkup, scalar.value >= 0x80 { result.append("\u{2060}") }
            result.append(scalar)
            previousIsMarkup = "<>&\"'".unicodeScalars.contains(scalar)
        }
        return String(result)
    }

    /// `text`, or its first letters and an ellipsis where it has more than `length`: for lists that long names would swell.
    static func clipped(_ text: String, to length: Int = 36) -> String {
        // Letters of a hostile text can be long: scalars are counted.
        let scalars = text.unicodeScalars
        guard text.utf8.count > length, let end = scalars.index(scalars.startIndex, offsetBy: length, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return text }
        return String(scalars[..<scalars.index(before: end)]) + "…"
    }

    /// `safe`, on one line: for places where a line break means something.
    private static func flat(_ text: String) -> String {
        let text = safe(text)
        return text.utf8.contains(0x0A)
            ? text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " ") : text
    }

    /// `text` as the text or the attribute of an element.
    static func html(_ text: String) -> String {
        var result = ""
        for scalar in safe(text).unicodeScalars {
            switch scalar {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// `text` as the text of a Markdown document: no character of it means anything there.
    static func markdown(_ text: String) -> String {
        var result = ""
        for scalar in flat(text).unicodeScalars {
            let isPunctuation =
                scalar.isASCII && scalar != " " && !(scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            if isPunctuation { result += "&#\(scalar.value);" } else { result.unicodeScalars.append(scalar) }
        }
        return result
    }

    /// `text` within the braces of a BibTeX field, as `LaTeXText` has it.
    ///
    /// BibTeX counts braces, escaped ones too: one without its partner is written by its name. A letter with an accent stands in braces, so
    /// that styles take it for one letter.
    static func bibTeX(_ text: String) -> String {
        let characters = Array(flat(text))
        var open: [Int] = [], alone = Set<Int>()
        for (place, character) in characters.enumerated() {
            if character == "{" { open.append(place) } else if character == "}", open.popLast() == nil { alone.insert(place) }
        }
        alone.formUnion(open)
        var result = "", plain = ""
        func flushed() -> String { LaTeXText.pieces(plain).map { $0.hasPrefix("{\\ifx") || isAccent($0) ? "{\($0)}" : $0 }.joined() }
        for (place, character) in characters.enumerated() {
            guard alone.contains(place) else {
                plain.append(character)
                continue
            }
            result += flushed() + (character == "{" ? "\\textbraceleft{}" : "\\textbraceright{}")
            plain = ""
        }
        return result + flushed()
    }

    /// `\"{u}`: a command that ends with its letter in braces.
    private static func isAccent(_ piece: String) -> Bool { piece.hasPrefix("\\") && piece.hasSuffix("}") && !piece.hasSuffix("{}") && piece.utf8.count > 2 }

    /// The names of authors as BibTeX has them: braces that are in balance hold a name together.
    static func bibTeXNames(_ text: String) -> String {
        var depth = 0
        for character in text {
            depth += character == "{" ? 1 : character == "}" ? -1 : 0
            if depth < 0 { break }
        }
        guard depth == 0 else { return bibTeX(text) }
        var result = "", name = ""
        for character in text {
            guard character == "{" || character == "}" else {
                name.append(character)
                continue
            }
            result += bibTeX(name) + String(character)
            name = ""
        }
        return result + bibTeX(name)
    }

    /// Lines of a comma-separated table as a file, with the ends that RFC 4180 asks for.
    static func csvFile(_ lines: [String]) -> String { lines.joined(separator: "\r\n") + "\r\n" }

    /// `text` as a cell of a comma-separated table.
    static func csv(_ text: String) -> String {
        let text = flat(text)
        guard text.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
