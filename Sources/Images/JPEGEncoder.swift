internal import CTurboJPEG
public import Diagnostics

/// Writes pictures as JPEG files.
public enum JPEGEncoder {
    /// Returns `picture` as a baseline JPEG file with the colour at full resolution (4:4:4), of `quality` 1 to 100.
    ///
    /// Throws a `Problem` for another quality, for sides of more than 65,500 pixels, and for what TurboJPEG reports.
    public static func encode(_ picture: Picture, quality: Int) throws(Problem) -> [UInt8] {
        guard (1...100).contains(quality) else {
            throw Problem("a JPEG quality of \(quality) is asked for", explanation: "1 to 100 make sense", kind: .usage)
        }
        guard max(picture.width, picture.height) <= 65_500 else {
            throw Problem("a picture of \(picture.width) x \(picture.height) cannot be written as JPEG", explanation: "sides have 65500 pixels at most")
        }
        guard let handle = tjInitCompress() else {
            throw Problem("TurboJPEG cannot start", explanation: "there may be no memory left")
        }
        defer { tjDestroy(handle) }
        var bytes: UnsafeMutablePointer<UInt8>?
        defer { tjFree(bytes) }
        var count: UInt = 0
        let status = picture.pixels.withUnsafeBufferPointer { pixels in
            tjCompress2(
                handle, pixels.baseAddress, Int32(picture.width), 0, Int32(picture.height), TJPF_RGB.rawValue, &bytes, &count,
                Int32(TJSAMP_444.rawValue), Int32(quality), 0)
        }
        guard status == 0, let bytes else {
            throw Problem(
                "a picture of \(picture.width) x \(picture.height) cannot be written as JPEG",
                explanation: "TurboJPEG says: \(tjGetErrorStr2(handle).map { String(cString: $0) } ?? "nothing")")
        }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
}
