/// Paths as text, whatever is in the file system.
package enum PathText {
    /// The path of the folder that `path` lies in: `a` for `a/b.pth` and `a/b/`, `.` for `b.pth`, `/` for `/b.pth`. (Foundation's
    /// `deletingLastPathComponent` stops the program for names of one letter on Linux.)
    package static func folder(of path: String) -> String {
        var end = path.utf8.endIndex
        let bytes = path.utf8, slash = UInt8(ascii: "/")
        func isSlash(before index: String.Index) -> Bool { index > bytes.startIndex && bytes[bytes.index(before: index)] == slash }
        while isSlash(before: end) { end = bytes.index(before: end) }
        while end > bytes.startIndex, !isSlash(before: end) { end = bytes.index(before: end) }
        let isAbsolute = end > bytes.startIndex
        while isSlash(before: end) { end = bytes.index(before: end) }
        if end == bytes.startIndex { return isAbsolute || path.hasPrefix("/") ? "/" : "." }
        return String(path[..<end])
    }

    /// The path of the file called `name` in the folder that `path` lies in: `a/c` beside `a/b.pth`, `c` beside `b.pth`.
    package static func file(_ name: String, beside path: String) -> String {
        switch folder(of: path) {
        case "." where !path.hasPrefix("."): name
        case "/": "/" + name
        case let folder: folder + "/" + name
        }
    }
}
