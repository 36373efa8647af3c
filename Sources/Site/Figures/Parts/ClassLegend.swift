/// Marks of classes with their names, in rows.
struct ClassLegend {
    /// In the order of the palette.
    let entries: [String]
    let hasOthers: Bool

    func scene(_ palette: ClassPalette, width: Double, text: Double, type: Typesetter) -> Scene {
        guard !entries.isEmpty else { return Scene(width: width, height: 0) }
        var places: [(x: Double, row: Int, words: String, index: Int?)] = []
        var x = 0.0, row = 0
        for (index, words) in entries.enumerated().map({ ($0.offset as Int?, $0.element) }) + (hasOthers ? [(nil, "other classes")] : []) {
            let words = type.clipped(words, to: min(width - text * 2, width * 0.45), size: text)
            let length = text * 1.2 + type.width(words, size: text) + text
            if x > 0, x + length - text > width { (x, row) = (0, row + 1) }
            places.append((x, row, words, index))
            x += length
        }
        let line = text * 1.4
        var scene = Scene(width: width, height: Double(row + 1) * line)
        for place in places {
            let y = Double(place.row) * line
            palette.draw(place.index, in: &scene, x: place.x + text * 0.5, y: y + text * 0.6, radius: text * 0.38)
            scene.text(place.words, place.x + text * 1.2, y + text * 0.95, size: text, .start)
        }
        return scene
    }
}
