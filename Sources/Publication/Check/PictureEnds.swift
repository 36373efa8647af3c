import Glibc

/// Looks at the first and last bytes of a picture: whether it is one, and whole.
enum PictureEnds {
    /// What is wrong with the picture of `bytes` bytes at `path`; nil when nothing shows, or its format is not known.
    static func objection(to path: String, bytes: Int) -> String? {
        guard let dot = path.lastIndex(of: ".") else { return nil }
        let format = path[path.index(after: dot)...].lowercased()
        guard let known = formats[format] else { return nil }
        guard bytes > 0 else { return "it is empty" }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return "it cannot be read: \(String(cString: strerror(errno)))" }
        defer { close(descriptor) }
        let first = piece(of: descriptor, at: 0, count: 16)
        guard known.starts.contains(where: { first.starts(with: $0.bytes) && first.dropFirst($0.then).starts(with: $0.more) }) else {
            return "it is not \(known.name)"
        }
        guard !known.end.isEmpty else { return nil }
        let last = piece(of: descriptor, at: max(bytes - known.end.count, 0), count: known.end.count)
        return last == known.end ? nil : "its end is missing"
    }

    private struct Start {
        var bytes: [UInt8]
        /// Further bytes and where they stand.
        var then = 0
        var more: [UInt8] = []
    }

    /// By the ends of their names.
    private static let formats: [String: (name: String, starts: [Start], end: [UInt8])] = {
        let png = ("a PNG", [Start(bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])], Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82])
        let jpeg = ("a JPEG", [Start(bytes: [0xFF, 0xD8, 0xFF])], [0xFF, 0xD9] as [UInt8])
        return [
            "png": png, "jpg": jpeg, "jpeg": jpeg,
            "gif": ("a GIF", [Start(bytes: Array("GIF87a".utf8)), Start(bytes: Array("GIF89a".utf8))], [0x3B]),
            "webp": ("a WebP", [Start(bytes: Array("RIFF".utf8), then: 8, more: Array("WEBP".utf8))], []),
        ]
    }()

    private static func piece(of descriptor: Int32, at offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(pread(descriptor, buffer.baseAddress, count, off_t(offset)), 0)
        }
    }
}
