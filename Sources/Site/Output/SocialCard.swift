import Images
import Run

/// The picture that other sites show of a link to this one: prototypes in a grid, 1200 x 630 pixels as they ask for.
enum SocialCard {
    static let path = "social-card.png"
    private static let width = 1200, height = 630, columns = 4, rows = 2, margin = 18

    /// A PNG; nil when the run has no prototype.
    static func png(of content: RunContent) throws -> [UInt8]? {
        let pictures = try places(content).prefix(columns * rows).map { try ImageDecoder.picture(at: content.run.full($0)) }
        guard !pictures.isEmpty else { return nil }
        var card = Picture(width: width, height: height, colour: RGB(22, 24, 29))
        let across = min(columns, pictures.count), down = (pictures.count + columns - 1) / columns
        let side = min((width - margin) / across, (height - margin) / down) - margin
        for (number, picture) in pictures.enumerated() {
            let fitted = picture.fitted(into: side)
            let left = (width - across * (side + margin) + margin) / 2 + number % columns * (side + margin) + (side - fitted.width) / 2
            let top = (height - down * (side + margin) + margin) / 2 + number / columns * (side + margin) + (side - fitted.height) / 2
            for y in 0..<fitted.height {
                let source = 3 * y * fitted.width, target = 3 * ((top + y) * width + left)
                card.pixels.replaceSubrange(target..<target + 3 * fitted.width, with: fitted.pixels[source..<source + 3 * fitted.width])
            }
        }
        return try PNGEncoder.encode(card)
    }

    /// Prototypes of classes; without them those of units, the deepest layer's first.
    private static func places(_ content: RunContent) -> [RunPath] {
        let classes = content.classPrototypes.sorted { $0.key < $1.key }.compactMap { RunPath($0.value.picture) }.filter(content.run.exists)
        if !classes.isEmpty { return classes }
        var found: [RunPath] = []
        for layer in content.reportedLayers.reversed() {
            for unit in 0..<(layer.shape.first ?? 0) where found.count < columns * rows {
                let place = RunPath.prototypePicture(layer: layer.name, unit: unit)
                if content.run.exists(place) { found.append(place) }
            }
        }
        return found
    }
}

extension Picture {
    /// Enlarged by a whole factor, or made smaller, to at most `side` pixels wide and high.
    fileprivate func fitted(into side: Int) -> Picture {
        let largest = max(width, height), factor = side / largest
        guard factor >= 1 else {
            func shrunk(_ length: Int) -> Int { max(1, length * side / largest) }
            return resized(width: shrunk(width), height: shrunk(height), filter: .bilinear)
        }
        return ContactSheet(columns: 1, gap: 0, enlargement: factor).picture(of: [self])
    }
}
