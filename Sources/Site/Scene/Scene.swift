/// A picture described by what is in it, so that it can be drawn in more than one way: into a page, whose theme it follows, or as a
/// figure that stands alone.
///
/// Lengths are pixels in pages and points in figures. Later elements lie over earlier ones.
struct Scene {
    let width: Double
    let height: Double
    /// What it shows, and what there is to see, for those who do not see it.
    var title = ""
    var description = ""
    private(set) var elements: [Element] = []

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    enum Element {
        /// Rectangles of one paint.
        case boxes([Box], Paint)
        /// The outline of a rectangle.
        case outline(Box, Paint, thickness: Double)
        case lines([Line], Paint, thickness: Double)
        /// `hint` is what a pointer that rests on it is told.
        case polygon([Point], Paint, hint: String?)
        case disc(Point, radius: Double, Paint, hint: String?)
        case text(Text)
        /// A picture by its name, which who draws knows; enlarged without smoothing if `isPixelated`.
        case picture(String, Box, isPixelated: Bool)
        /// A curve from left to right that leaves and arrives level.
        case ribbon(from: Point, to: Point, thickness: Double, Paint)
    }

    enum Paint: Hashable {
        /// Of the page's theme; black, dark grey and light grey in figures.
        case ink, soft, rule
        /// The same everywhere.
        case colour(Colour, opacity: Double = 1)
    }

    struct Point { var x, y: Double }
    struct Box { var x, y, width, height: Double }
    struct Line { var from, to: Point }

    struct Text {
        var text: String
        var at: Point
        var size: Double
        var anchor = Anchor.middle
        var paint = Paint.ink
        var isBold = false
        /// Written from below to above.
        var isUpright = false

        enum Anchor: String { case start, middle, end }
    }

    mutating func add(_ element: Element) { elements.append(element) }

    mutating func text(
        _ text: String, _ x: Double, _ y: Double, size: Double, _ anchor: Text.Anchor = .middle, _ paint: Paint = .ink, isBold: Bool = false
    ) {
        add(.text(Text(text: text, at: Point(x: x, y: y), size: size, anchor: anchor, paint: paint, isBold: isBold)))
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ paint: Paint, thickness: Double) {
        add(.lines([Line(from: Point(x: x1, y: y1), to: Point(x: x2, y: y2))], paint, thickness: thickness))
    }

    /// Puts what is in `other` at a place in this scene.
    mutating func add(_ other: Scene, x: Double, y: Double) {
        elements += other.elements.map { $0.moved(by: Point(x: x, y: y)) }
    }

    /// The same with another height.
    func resized(height: Double) -> Scene {
        var scene = Scene(width: width, height: height)
        (scene.title, scene.description, scene.elements) = (title, description, elements)
        return scene
    }

    /// What is written in it, in order.
    var texts: [String] { elements.compactMap { if case .text(let text) = $0 { text.text } else { nil } } }

    /// The smallest size of its texts; nil where there is none.
    var smallestText: Double? {
        elements.compactMap { if case .text(let text) = $0 { text.size } else { nil } }.min()
    }
}

extension Scene.Element {
    func moved(by offset: Scene.Point) -> Scene.Element {
        func moved(_ point: Scene.Point) -> Scene.Point { Scene.Point(x: point.x + offset.x, y: point.y + offset.y) }
        func moved(_ box: Scene.Box) -> Scene.Box {
            Scene.Box(x: box.x + offset.x, y: box.y + offset.y, width: box.width, height: box.height)
        }
        switch self {
        case .boxes(let boxes, let paint): return .boxes(boxes.map(moved), paint)
        case .outline(let box, let paint, let thickness): return .outline(moved(box), paint, thickness: thickness)
        case .lines(let lines, let paint, let thickness):
            return .lines(lines.map { Scene.Line(from: moved($0.from), to: moved($0.to)) }, paint, thickness: thickness)
        case .polygon(let points, let paint, let hint): return .polygon(points.map(moved), paint, hint: hint)
        case .disc(let centre, let radius, let paint, let hint): return .disc(moved(centre), radius: radius, paint, hint: hint)
        case .text(var text):
            text.at = moved(text.at)
            return .text(text)
        case .picture(let name, let box, let isPixelated): return .picture(name, moved(box), isPixelated: isPixelated)
        case .ribbon(let from, let to, let thickness, let paint):
            return .ribbon(from: moved(from), to: moved(to), thickness: thickness, paint)
        }
    }
}
