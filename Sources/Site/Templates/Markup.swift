import Mustache

/// Finished markup, made by this program from escaped parts: templates take it with three braces.
struct Markup: MustacheCustomRenderable, ExpressibleByStringLiteral {
    var html: String

    init(_ html: String) { self.html = html }
    init(stringLiteral value: String) { html = value }

    var renderText: String { html }
    var isNull: Bool { html.isEmpty }
}
