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
