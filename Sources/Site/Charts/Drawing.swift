/// A scalable drawing in the making: real text, colours by class (so that they follow the page's theme), a title and a
/// description for those who do not see it.
struct Drawing {
    let width: Double
    let height: Double
    private var body = ""

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    enum Anchor: String { case start, middle, end }

    mutating func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, hint: String? = nil) {
        body +=
            "<rect class=\"\(style)\" x=\"\(at(x))\" y=\"\(at(y))\" width=\"\(at(max(0, width)))\" height=\"\(at(max(0, height)))\""
        body += hint.map { "><title>\(PlainText.html($0))</title></rect>" } ?? "/>"
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        body += "<line class=\"\(style)\" x1=\"\(at(x1))\" y1=\"\(at(y1))\" x2=\"\(at(x2))\" y2=\"\(at(y2))\"/>"
    }

    mutating func polyline(_ points: [(x: Double, y: Double)], _ style: String) {
        body += "<polyline class=\"\(style)\" points=\"\(points.map { "\(at($0.x)),\(at($0.y))" }.joined(separator: " "))\"/>"
    }

    mutating func polygon(_ points: [(x: Double, y: Double)], _ style: String) {
        body += "<polygon class=\"\(style)\" points=\"\(points.map { "\(at($0.x)),\(at($0.y))" }.joined(separator: " "))\"/>"
    }

    mutating func text(_ x: Double, _ y: Double, _ text: String, _ anchor: Anchor = .middle, style: String = "label") {
        body +=
            "<text class=\"\(style)\" x=\"\(at(x))\" y=\"\(at(y))\" text-anchor=\"\(anchor.rawValue)\">\(PlainText.html(text))</text>"
    }

    mutating func disc(_ x: Double, _ y: Double, _ radius: Double, _ style: String) {
        body += "<circle class=\"\(style)\" cx=\"\(at(x))\" cy=\"\(at(y))\" r=\"\(at(radius))\"/>"
    }

    /// Points of one look: lines of no length, as wide as the style says.
    mutating func dots(_ points: [(x: Double, y: Double)], _ style: String) {
        guard !points.isEmpty else { return }
        body += "<path class=\"\(style)\" d=\"\(points.map { "M\(at($0.x)) \(at($0.y))h0" }.joined())\"/>"
    }

    /// A curve from left to right, `thickness` wide, that leaves and arrives level.
    mutating func ribbon(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, thickness: Double, _ style: String) {
        let middle = (x1 + x2) / 2
        body += "<path class=\"\(style)\" stroke-width=\"\(at(thickness))\" d=\"M\(at(x1)) \(at(y1))C\(at(middle)) \(at(y1)) \(at(middle)) \(at(y2)) "
            + "\(at(x2)) \(at(y2))\"/>"
    }

    /// What `draw` draws, as a link. It is left out of the order of the tab key: the same link stands in a table beside the drawing.
    mutating func link(_ address: String, name: String, _ draw: (inout Drawing) -> Void) {
        body += "<a href=\"\(PlainText.html(address))\" tabindex=\"-1\"><title>\(PlainText.html(name))</title>"
        draw(&self)
        body += "</a>"
    }

    /// The drawing as an element of a page that holds links, which an image could not, in its own size where there is room. `id` must be the
    /// page's only one of that name.
    func group(id: String, style: String = "chart", title: String, description: String) -> Markup {
        Markup(
            """
            <svg class="\(style)" width="\(at(width))" height="\(at(height))" viewBox="0 0 \(at(width)) \(at(height))" role="group" aria-labelledby="\(id)-title \(id)-desc">\
            <title id="\(id)-title">\(PlainText.html(title))</title><desc id="\(id)-desc">\(PlainText.html(description))</desc>\(body)</svg>
            """)
    }

    /// The drawing as an element of a page. `id` must be the page's only one of that name.
    func element(id: String, style: String = "chart", title: String, description: String) -> Markup {
        Markup(
            """
            <svg class="\(style)" viewBox="0 0 \(at(width)) \(at(height))" role="img" aria-labelledby="\(id)-title \(id)-desc">\
            <title id="\(id)-title">\(PlainText.html(title))</title><desc id="\(id)-desc">\(PlainText.html(description))</desc>\(body)</svg>
            """)
    }

    /// The drawing as an ornament: what it shows stands beside it in words. In its own size.
    func ornament(style: String) -> Markup {
        Markup(
            """
            <svg class="\(style)" width="\(at(width))" height="\(at(height))" viewBox="0 0 \(at(width)) \(at(height))" \
            aria-hidden="true" focusable="false">\(body)</svg>
            """)
    }

    private func at(_ value: Double) -> String { Number.coordinate(value) }
}
