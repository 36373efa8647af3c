import CCmark
import Diagnostics
import Glibc

/// Markdown to HTML, through libcmark.
enum Markdown {
    /// The HTML of a CommonMark text.
    ///
    /// - Parameter allowsHTML: keeps HTML and every kind of link in the text: for texts of our own. Otherwise HTML is left
    ///   out and dangerous links lose their target.
    static func html(_ text: String, allowsHTML: Bool) throws -> Markup {
        let options = CMARK_OPT_VALIDATE_UTF8 | (allowsHTML ? CMARK_OPT_UNSAFE : 0)
        guard let result = cmark_markdown_to_html(text, text.utf8.count, options) else {
            throw Problem("cannot turn Markdown into HTML: out of memory")
        }
        defer { free(result) }
        return Markup(String(cString: result))
    }
}
