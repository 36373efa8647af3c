/// Draws a scene as SVG: real text, a title and a description.
struct SVGWriter {
    /// Where a picture that the scene names is: an address, or the picture itself as a `data:` address; nil leaves it out.
    var address: (String) -> String? = { _ in nil }

    /// The scene as an element of a page: in its own size where there is room, its theme the page's. `id` must be the page's only one
    /// of that name.
    func element(_ scene: Scene, id: String, style: String = "scene") -> Markup {
        Markup(
            """
            <svg class="\(style)" width="\(at(scene.width))" height="\(at(scene.height))" viewBox="0 0 \(at(scene.width)) \(at(scene.height))" \
            role="img" aria-labelledby="\(id)-title \(id)-desc"><title id="\(id)-title">\(PlainText.html(scene.title))</title>\
            <desc id="\(id)-desc">\(PlainText.html(scene.description))</desc>\(body(scene, isPage: true))</svg>
            """)
    }

    /// The scene as an ornament of a page: what it shows stands beside it in words.
    func ornament(_ scene: Scene, style: String = "scene") -> Markup {
        Markup(
            """
            <svg class="\(style)" width="\(at(scene.width))" height="\(at(scene.height))" viewBox="0 0 \(at(scene.width)) \(at(scene.height))" \
            aria-hidden="true" focusable="false">\(body(scene, isPage: true))</svg>
            """)
    }

    /// The scene as a file, in points.
    func file(_ scene: Scene) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <svg xmlns="http://www.w3.org/2000/svg" width="\(at(scene.width))pt" height="\(at(scene.height))pt" \
        viewBox="0 0 \(at(scene.width)) \(at(scene.height))" role="img" aria-labelledby="title desc" \
        font-family="Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif">
        <title id="title">\(PlainText.html(scene.title))</title>
        <desc id="desc">\(PlainText.html(scene.description))</desc>
        \(body(scene, isPage: false))
        </svg>

        """
    }

    private func body(_ scene: Scene, isPage: Bool) -> String {
        var text = ""
        for element in scene.elements {
            text += markup(element, isPage)
            if !isPage { text += "\n" }
        }
        return text
    }

    private func markup(_ element: Scene.Element, _ isPage: Bool) -> String {
        switch element {
        case .boxes(let boxes, let paint):
            let path = boxes.map { "M\(at($0.x)) \(at($0.y))h\(at($0.width))v\(at($0.height))h\(at(-$0.width))z" }.joined()
            return "<path\(fill(paint, isPage)) d=\"\(path)\"/>"
        case .outline(let box, let paint, let thickness):
            return "<rect x=\"\(at(box.x))\" y=\"\(at(box.y))\" width=\"\(at(box.width))\" height=\"\(at(box.height))\" fill=\"none\""
                + "\(stroke(paint, thickness, isPage))/>"
        case .lines(let lines, let paint, let thickness):
            let path = lines.map { line in
                let along = line.to.x - line.from.x
                let down = line.to.y - line.from.y
                let rest = down == 0 ? "h\(at(along))" : along == 0 ? "v\(at(down))" : "l\(at(along)) \(at(down))"
                return "M\(at(line.from.x)) \(at(line.from.y))\(rest)"
            }.joined()
            return "<path fill=\"none\"\(stroke(paint, thickness, isPage)) d=\"\(path)\"/>"
        case .polygon(let points, let paint, let hint):
            let list = points.map { "\(at($0.x)),\(at($0.y))" }.joined(separator: " ")
            return hinted("<polygon\(fill(paint, isPage)) points=\"\(list)\"", "polygon", hint)
        case .disc(let centre, let radius, let paint, let hint):
            return hinted(
                "<circle\(fill(paint, isPage)) cx=\"\(at(centre.x))\" cy=\"\(at(centre.y))\" r=\"\(at(radius))\"", "circle", hint)
        case .text(let text):
            let turn = text.isUpright ? " transform=\"rotate(-90 \(at(text.at.x)) \(at(text.at.y)))\"" : ""
            let weight = text.isBold ? " font-weight=\"600\"" : ""
            let anchor = text.anchor == .start ? "" : " text-anchor=\"\(text.anchor.rawValue)\""
            return "<text\(fill(text.paint, isPage)) x=\"\(at(text.at.x))\" y=\"\(at(text.at.y))\" font-size=\"\(at(text.size))\"\(anchor)"
                + "\(weight)\(turn)>\(PlainText.html(text.text))</text>"
        case .ribbon(let from, let to, let thickness, let paint):
            let middle = (from.x + to.x) / 2
            return "<path fill=\"none\"\(stroke(paint, thickness, isPage)) d=\"M\(at(from.x)) \(at(from.y))C\(at(middle)) \(at(from.y)) "
                + "\(at(middle)) \(at(to.y)) \(at(to.x)) \(at(to.y))\"/>"
        case .picture(let name, let box, let isPixelated):
            guard let address = address(name) else { return "" }
            return "<image x=\"\(at(box.x))\" y=\"\(at(box.y))\" width=\"\(at(box.width))\" height=\"\(at(box.height))\""
                + (isPixelated ? isPage ? " class=\"pixelated\"" : " style=\"image-rendering:pixelated\"" : "")
                + " preserveAspectRatio=\"none\" href=\"\(PlainText.html(address))\"/>"
        }
    }

    private func hinted(_ start: String, _ name: String, _ hint: String?) -> String {
        hint.map { "\(start)><title>\(PlainText.html($0))</title></\(name)>" } ?? start + "/>"
    }

    private func fill(_ paint: Scene.Paint, _ isPage: Bool) -> String { attributes(paint, "fill", isPage) }

    private func stroke(_ paint: Scene.Paint, _ thickness: Double, _ isPage: Bool) -> String {
        attributes(paint, "stroke", isPage) + " stroke-width=\"\(at(thickness))\""
    }

    private func attributes(_ paint: Scene.Paint, _ name: String, _ isPage: Bool) -> String {
        switch paint {
        case .ink, .soft, .rule:
            isPage ? " class=\"\(name)-\(paint.name)\"" : " \(name)=\"\(paint.printed.text)\""
        case .colour(let colour, let opacity):
            " \(name)=\"\(colour.text)\"" + (opacity < 1 ? " \(name)-opacity=\"\(at(opacity))\"" : "")
        }
    }

    private func at(_ value: Double) -> String { Number.coordinate(value) }
}

extension Scene.Paint {
    fileprivate var name: String {
        switch self {
        case .ink: "ink"
        case .soft: "soft"
        case .rule: "rule"
        case .colour: ""
        }
    }

    /// The colour on white paper, without its opacity.
    var printed: Colour {
        switch self {
        case .ink: .black
        case .soft: Colour(0x444444)
        case .rule: Colour(0xBBBBBB)
        case .colour(let colour, _): colour
        }
    }
}
