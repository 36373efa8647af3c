/// A grid of pictures as one picture.
public struct ContactSheet: Sendable {
    /// How many pictures stand in a row.
    public let columns: Int
    /// The width of the gap between pictures, in pixels of the sheet. There is none around the sheet.
    public let gap: Int
    /// The gap's colour, and that of places without a picture.
    public let background: RGB
    /// Each pixel of a picture becomes a square of so many pixels a side.
    public let enlargement: Int

    public init(columns: Int, gap: Int = 2, background: RGB = RGB(255, 255, 255), enlargement: Int = 1) {
        precondition(columns > 0 && gap >= 0 && enlargement > 0, "\(columns) columns, a gap of \(gap), enlarged \(enlargement) times")
        self.columns = columns
        self.gap = gap
        self.background = background
        self.enlargement = enlargement
    }

    /// Returns `pictures` in rows from the top left, each at the top left of a cell as large as the largest of them. There
    /// must be at least one.
    public func picture(of pictures: [Picture]) -> Picture {
        guard let cellWidth = pictures.map(\.width).max(), let cellHeight = pictures.map(\.height).max() else {
            preconditionFailure("a contact sheet of no pictures")
        }
        let across = min(columns, pictures.count)
        let down = (pictures.count + columns - 1) / columns
        let width = across * cellWidth * enlargement + (across - 1) * gap
        let height = down * cellHeight * enlargement + (down - 1) * gap
        var sheet = Picture(width: width, height: height, colour: background)
        for (index, picture) in pictures.enumerated() {
            let left = index % columns * (cellWidth * enlargement + gap)
            let top = index / columns * (cellHeight * enlargement + gap)
            for y in 0..<(picture.height * enlargement) {
                var target = 3 * ((top + y) * width + left)
                var source = 3 * (y / enlargement * picture.width)
                for _ in 0..<picture.width {
                    for _ in 0..<enlargement {
                        sheet.pixels[target] = picture.pixels[source]
                        sheet.pixels[target + 1] = picture.pixels[source + 1]
                        sheet.pixels[target + 2] = picture.pixels[source + 2]
                        target += 3
                    }
                    source += 3
                }
            }
        }
        return sheet
    }
}
