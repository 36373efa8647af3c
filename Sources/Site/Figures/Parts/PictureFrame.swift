import Glibc

/// How large a picture stands in a figure, in points.
///
/// Tiny pictures are enlarged so that each of their pixels is a whole number of pixels of the PNG beside the PDF, without smoothing; others
/// fill the room there is.
struct PictureFrame {
    let width: Double
    let height: Double
    let isPixelated: Bool

    /// Up to so many pixels a picture is tiny.
    static let tiny = 96
    /// A pixel of the PNG, in points.
    static let dot = 72.0 / Double(FigureRenderer.dotsPerInch)

    /// A picture of `pixels` (width and height) in a square of `room` points.
    init(_ pixels: (width: Int, height: Int), room: Double) {
        let room = max(room, 1), longer = Double(max(pixels.width, pixels.height, 1))
        isPixelated = longer <= Double(Self.tiny)
        let factor = floor(room / Self.dot / longer + 1e-9)
        let scale = isPixelated && factor >= 1 ? factor * Self.dot : room / longer
        (width, height) = (Double(pixels.width) * scale, Double(pixels.height) * scale)
    }

    /// The nearest place at which pixels of a picture and of the PNG begin together.
    static func snapped(_ place: Double) -> Double { (place / dot).rounded() * dot }
}

/// Pictures of one figure, by the names that its scene has for them.
struct FigurePictures {
    private(set) var bytes: [String: [UInt8]] = [:]

    /// The name of a picture, and its width and height in pixels.
    struct Entry {
        let name: String
        let pixels: (width: Int, height: Int)
    }

    /// - Throws: `Problem` when it is damaged.
    mutating func add(_ picture: [UInt8], _ name: String) throws -> Entry {
        let decoded = try CairoPicture(picture, name: name)
        bytes[name] = picture
        return Entry(name: name, pixels: (decoded.width, decoded.height))
    }
}

extension Scene {
    /// A picture in the middle of a square, another over it if there is one; returns where it stands.
    @discardableResult
    mutating func place(_ picture: FigurePictures.Entry, x: Double, y: Double, room: Double, over: FigurePictures.Entry? = nil) -> Box {
        let frame = PictureFrame(picture.pixels, room: room)
        let box = Box(
            x: PictureFrame.snapped(x + (room - frame.width) / 2), y: PictureFrame.snapped(y + (room - frame.height) / 2), width: frame.width,
            height: frame.height)
        add(.picture(picture.name, box, isPixelated: frame.isPixelated))
        if let over { add(.picture(over.name, box, isPixelated: max(over.pixels.width, over.pixels.height) <= PictureFrame.tiny)) }
        return box
    }
}
