internal import Diagnostics

/// What the segments of a JPEG file say before any of it is decoded (ITU-T T.81, annex B).
struct JPEGSegments {
    private(set) var width = 0
    private(set) var height = 0
    /// 1 for grey, 3 for colour, 4 for four inks.
    private(set) var components = 0
    private(set) var orientation = Orientation.upright

    /// Walks from the start marker to the end marker. Throws a `Problem` when a segment or the end marker is missing, or
    /// the frame is of a kind that is not read.
    init(_ bytes: UnsafeRawBufferPointer, name: String) throws(Problem) {
        var offset = 2
        var exif: [UInt8] = []
        var xmp: Orientation?
        var scanned = false
        while true {
            let marker = Self.nextMarker(in: bytes, from: &offset)
            guard let marker else { throw ImageDecoder.damaged(name, "it ends before its end marker") }
            switch marker {
            case 0xD9:
                guard components > 0, scanned else { throw ImageDecoder.damaged(name, "there is no picture between its start and its end") }
                let upright = exif.withUnsafeBytes { Orientation(exif: $0) }
                orientation = upright ?? xmp ?? .upright
                return
            case 0x01, 0xD0...0xD8:
                continue  // Markers that stand alone.
            default:
                break
            }
            guard offset + 2 <= bytes.count else { throw ImageDecoder.damaged(name, "it ends within a segment") }
            let length = bytes.bigEndian16(at: offset)
            guard length >= 2, length <= bytes.count - offset else { throw ImageDecoder.damaged(name, "it ends within a segment") }
            let body = UnsafeRawBufferPointer(rebasing: bytes[(offset + 2)..<(offset + length)])
            offset += length
            switch marker {
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                try readFrame(body, name: name)
            case 0xE1 where !scanned && body.starts(with: "Exif\0\0".utf8):
                // Long data come in several segments.
                exif.append(contentsOf: body.dropFirst(6))
            case 0xE1 where !scanned && body.starts(with: "http://ns.adobe.com/xap/1.0/\0".utf8):
                xmp = Orientation(xmp: body)
            case 0xDA:
                scanned = true
            default:
                break
            }
        }
    }

    private mutating func readFrame(_ body: UnsafeRawBufferPointer, name: String) throws(Problem) {
        guard components == 0, body.count >= 6 else { throw ImageDecoder.damaged(name, "its frame header is wrong") }
        height = body.bigEndian16(at: 1)
        width = body.bigEndian16(at: 3)
        components = Int(body[5])
        guard body[0] == 8, [1, 3, 4].contains(components) else {
            throw Problem(
                "\(name) has \(components) channels of \(body[0]) bits",
                explanation: "JPEG files of 1, 3 or 4 channels of 8 bits are read",
                remedy: "convert it to an ordinary JPEG or PNG, or take it out of the data set")
        }
    }

    /// Returns the next marker's code and moves past it; nil at the end of the data. Between segments, and in compressed
    /// data, anything but 0xFF followed by a code is passed over.
    private static func nextMarker(in bytes: UnsafeRawBufferPointer, from offset: inout Int) -> UInt8? {
        while offset + 1 < bytes.count {
            let code = bytes[offset + 1]
            if bytes[offset] == 0xFF, code != 0, code != 0xFF {
                offset += 2
                return code
            }
            offset += 1
        }
        return nil
    }
}
