import Glibc

/// Pictures in rows of equal squares, with a line or two under each.
struct PictureGrid {
    struct Cell {
        var picture: FigurePictures.Entry?
        /// Lies over the picture.
        var over: FigurePictures.Entry?
        /// Under it: the first in black, the others in grey.
        var lines: [String] = []
    }

    var cells: [Cell]
    /// Squares are no smaller, where several fit, and no larger, in points.
    var smallest = 40.0
    var largest = 120.0
    var gap = 4.0
    /// Squares in a row; nil for as many as have room, in rows of about one length.
    var columns: Int?
    /// Begins at the left, in place of the middle.
    var isLeading = false

    private func columns(in width: Double) -> Int {
        if let columns { return max(1, columns) }
        let most = max(1, Int((width + gap) / (smallest + gap)))
        let rows = (cells.count + most - 1) / max(1, most)
        return max(1, (cells.count + rows - 1) / max(1, rows))
    }

    /// The scene, `width` wide, its squares in the middle of it.
    func scene(width: Double, text: Double, type: Typesetter) -> Scene {
        let columns = columns(in: width)
        let room = min(largest, (width - gap * Double(columns - 1)) / Double(columns))
        // Tiny pictures are a little smaller than the room they have: the row closes up to them.
        let sides = cells.compactMap { $0.picture }.map { PictureFrame($0.pixels, room: room) }
        let side = sides.map { max($0.width, $0.height) }.max() ?? room
        let space = columns > 1 ? min(gap * 2.7, (width - side * Double(columns)) / Double(columns - 1)) : 0
        let left = isLeading ? 0 : (width - side * Double(columns) - space * Double(columns - 1)) / 2
        let line = text * 1.2
        let lines = cells.map(\.lines.count).max() ?? 0
        let row = side + (lines > 0 ? Double(lines) * line + text * 0.3 : 0) + gap
        let rows = (cells.count + columns - 1) / columns
        var scene = Scene(width: width, height: max(1, Double(rows) * row - gap))
        for (place, cell) in cells.enumerated() {
            let x = left + Double(place % columns) * (side + space), y = Double(place / columns) * row
            if let picture = cell.picture {
                scene.place(picture, x: x, y: y, room: side, over: cell.over)
            } else {
                scene.add(.outline(.init(x: x + 0.25, y: y + 0.25, width: side - 0.5, height: side - 0.5), .rule, thickness: 0.5))
                scene.text("none", x + side / 2, y + side / 2 + text * 0.35, size: text, .middle, .soft)
            }
            for (number, words) in cell.lines.enumerated() {
                scene.name(
                    type.clipped(words, to: side + space * 0.8, size: text), at: x + side / 2, y + side + text + Double(number) * line, size: text,
                    number == 0 ? .ink : .soft, type: type)
            }
        }
        return scene
    }
}

extension Scene {
    /// A name with its middle at `x`, or as near to it as it stays within the scene.
    mutating func name(_ words: String, at x: Double, _ y: Double, size: Double, _ paint: Paint = .ink, type: Typesetter) {
        let half = type.width(words, size: size) / 2
        text(words, half * 2 < width ? min(max(x, half), width - half) : x, y, size: size, .middle, paint)
    }
}
