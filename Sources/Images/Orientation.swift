/// How a stored picture is to be turned and mirrored to stand upright: EXIF tag 0x0112 (CIPA DC-008, 4.6.5), whose values
/// are the raw values here; the names say where the first stored row and the first stored column belong.
enum Orientation: Int {
    case upright = 1
    case topRight = 2
    case bottomRight = 3
    case bottomLeft = 4
    case leftTop = 5
    case rightTop = 6
    case rightBottom = 7
    case leftBottom = 8

    /// The orientation in EXIF data, a TIFF structure; nil when there is none or the data make no sense. Bounds are checked
    /// at each step: a camera's habit is one source of such data, malice another.
    init?(exif data: UnsafeRawBufferPointer) {
        let little = data.starts(with: [0x49, 0x49, 0x2A, 0x00])
        guard little || data.starts(with: [0x4D, 0x4D, 0x00, 0x2A]) else { return nil }
        func number(_ offset: Int, _ size: Int) -> Int? {
            guard offset >= 0, offset <= data.count - size else { return nil }
            var value = 0
            for i in 0..<size {
                value = value << 8 | Int(data[little ? offset + size - 1 - i : offset + i])
            }
            return value
        }
        guard let directory = number(4, 4), let count = number(directory, 2) else { return nil }
        for entry in 0..<count {
            let start = directory + 2 + 12 * entry
            guard let tag = number(start, 2), let kind = number(start + 2, 2), let values = number(start + 4, 4) else { return nil }
            guard tag == 0x0112, values == 1 else { continue }
            // Short, long, and their signed forms.
            let size = kind == 3 || kind == 8 ? 2 : kind == 4 || kind == 9 ? 4 : 0
            guard size > 0, let value = number(start + 8, size) else { continue }
            self.init(rawValue: value)
            return
        }
        return nil
    }

    /// The orientation in an XMP packet, `tiff:Orientation="6"` or `tiff:Orientation>6`; nil when there is none.
    init?(xmp data: UnsafeRawBufferPointer) {
        let name = Array("tiff:Orientation".utf8)
        var start = 0
        while start + name.count + 3 <= data.count {
            defer { start += 1 }
            guard data[start] == name[0], data[start..<(start + name.count)].elementsEqual(name) else { continue }
            var next = start + name.count
            if data[next] == UInt8(ascii: "="), data[next + 1] == UInt8(ascii: "\"") {
                next += 2
            } else if data[next] == UInt8(ascii: ">") {
                next += 1
            } else {
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(data[next]) else { continue }
            self.init(rawValue: Int(data[next] - UInt8(ascii: "0")))
            return
        }
        return nil
    }
}

extension Picture {
    /// Returns the picture that `self`, as stored with `orientation`, is meant to show.
    func upright(from orientation: Orientation) -> Picture {
        // The stored pixel of the result's (x, y) is at origin + x * across + y * down.
        let last = (x: width - 1, y: (height - 1) * width)
        let (origin, across, down) =
            switch orientation {
            case .upright: (0, 1, width)
            case .topRight: (last.x, -1, width)
            case .bottomRight: (last.x + last.y, -1, -width)
            case .bottomLeft: (last.y, 1, -width)
            case .leftTop: (0, width, 1)
            case .rightTop: (last.y, -width, 1)
            case .rightBottom: (last.x + last.y, -width, -1)
            case .leftBottom: (last.x, width, -1)
            }
        if orientation == .upright { return self }
        let sidewards = orientation.rawValue >= 5
        let (newWidth, newHeight) = sidewards ? (height, width) : (width, height)
        let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, count in
            guard let out = buffer.baseAddress else { return }
            pixels.withUnsafeBufferPointer { stored in
                var target = out
                for y in 0..<newHeight {
                    var source = origin + y * down
                    for _ in 0..<newWidth {
                        target[0] = stored[3 * source]
                        target[1] = stored[3 * source + 1]
                        target[2] = stored[3 * source + 2]
                        target += 3
                        source += across
                    }
                }
            }
            count = buffer.count
        }
        return Picture(width: newWidth, height: newHeight, pixels: turned)
    }
}
