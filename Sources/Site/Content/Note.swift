import Diagnostics

/// What a researcher wrote about a unit, a layer, a class or the whole, in Markdown.
struct Note {
    /// Bytes of the longest that is read: a page stays a page.
    static let longest = 100_000

    /// Within the folder of notes.
    let path: String
    /// Ready for a page: headings begin at the third level, HTML is left out, and images are named, since pages load nothing from elsewhere.
    let html: Markup

    /// - Throws: `Problem` when the file is too long or no UTF-8.
    init(path: String, in folder: String) throws {
        let file = folder + "/" + path
        let bytes = try FileBytes.regular(file)
        guard bytes.count <= Self.longest else {
            throw Problem(
                "\(PlainText.safe(file)) is \(bytes.count) bytes long", explanation: "Notes of up to \(Self.longest) bytes are read.",
                remedy: "Split it up, or keep the long version elsewhere and link to it.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem("\(PlainText.safe(file)) is not UTF-8", remedy: "Save it as UTF-8.")
        }
        self.path = path
        html = Self.placed(try Markdown.html(text, allowsHTML: false).html)
    }

    /// What a search looks through: the text without its marks, its beginning where it is long.
    var words: String {
        var result = "", isTag = false
        for character in html.html {
            switch character {
            case "<": isTag = true
            case ">":
                isTag = false
                result.append(" ")
            default: if !isTag { result.append(character) }
            }
            if result.utf8.count > 600 { break }
        }
        let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")].reduce(result) { $0.replacing($1.0, with: $1.1) }
        return String(PlainText.safe(plain.split(whereSeparator: \.isWhitespace).joined(separator: " ")).prefix(300))
    }

    /// libcmark writes `<` for its own tags only: what looks like one in the text is escaped.
    private static func placed(_ html: String) -> Markup {
        var html = html
        for level in (1...6).reversed() {
            html = html.replacing("<h\(level)>", with: "<h\(min(6, level + 2))>").replacing("</h\(level)>", with: "</h\(min(6, level + 2))>")
        }
        html = html.replacing(/<img src="([^"]*)" alt="([^"]*)"( title="[^"]*")? \/>/) { match in
            match.2.isEmpty ? "[image \(match.1)]" : "[image: \(match.2)]"
        }
        // Of a link to what no page should do, libcmark leaves one to nowhere: its words stay.
        html = html.replacing(/<a href=""[^>]*>(.*?)<\/a>/.dotMatchesNewlines()) { String($0.1) }
        return Markup(html.replacing("<!-- raw HTML omitted -->", with: ""))
    }
}
