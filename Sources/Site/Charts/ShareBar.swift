/// A share as a bar beside its number.
enum ShareBar {
    /// - Parameter share: in [0, 1]; what lies beyond is cut.
    static func ornament(_ share: Float, width: Double = 96) -> Markup {
        var drawing = Drawing(width: width, height: 6)
        drawing.rectangle(0, 0, width, 6, "bar-ground")
        if share.isFinite, share > 0 { drawing.rectangle(0, 0, max(1, Double(min(share, 1)) * width), 6, "bar-fill") }
        return drawing.ornament(style: "bar")
    }
}
