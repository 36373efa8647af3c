/// A share as a bar beside its number.
enum ShareBar {
    /// - Parameter share: in [0, 1]; what lies beyond is cut.
    static func ornament(_ share: Float, width: Double = 96) -> Markup {
        // As few bytes as can be: a layer's page has two of them for every unit. The ground is the element's background.
        let filled = share.isFinite && share > 0 ? max(1, Double(min(share, 1)) * width) : 0
        let size = Number.coordinate(width)
        let fill = filled > 0 ? "<rect width=\"\(Number.coordinate(filled))\" height=\"6\"/>" : ""
        return Markup("<svg class=\"bar\" width=\"\(size)\" height=\"6\" aria-hidden=\"true\">\(fill)</svg>")
    }
}
