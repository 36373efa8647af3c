import Glibc

/// A layer's output as a block to scale: height for its rows and columns, depth for its channels, width for the number of
/// layers that lead to it.
enum Slab {
    /// - Parameters:
    ///   - shape: channels, height and width; channels alone is a block of one position.
    ///   - largest: the largest height of the network: the block of that height is 128 px high.
    ///   - depth: layers since the block before.
    ///   - deepest: the largest of these in the network.
    static func ornament(shape: [Int], largest: Int, depth: Int, deepest: Int) -> Markup {
        let rows = shape.count > 1 ? shape[1] : 1
        // Square roots: between the 224 rows at the entrance and the 7 at the end all have to be seen.
        let height = max(6, 128 * sqrt(Double(max(rows, 1)) / Double(max(largest, 1))))
        let width = 12 + 72 * Double(depth) / Double(max(deepest, 1))
        let slant = 3.5 * log2(Double(max(shape.first ?? 1, 1)) + 1)
        var drawing = Drawing(width: width + slant + 2, height: height + slant * 0.6 + 2)
        let rise = slant * 0.6
        drawing.polygon([(1, rise + 1), (1 + slant, 1), (1 + slant + width, 1), (1 + width, rise + 1)], "slab-top")
        drawing.polygon(
            [(1 + width, rise + 1), (1 + slant + width, 1), (1 + slant + width, 1 + height), (1 + width, rise + 1 + height)],
            "slab-side")
        drawing.rectangle(1, rise + 1, width, height, "slab-front")
        return drawing.ornament(style: "slab")
    }
}
