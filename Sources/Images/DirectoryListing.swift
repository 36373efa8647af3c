internal import Diagnostics
internal import Glibc

/// What one directory holds, hidden entries left out, sorted by the bytes of their names.
struct DirectoryListing {
    /// What makes a directory the same one by another path: its device and its number there.
    struct Identity: Hashable {
        let device: UInt64
        let number: UInt64
    }

    struct Image {
        let name: String
        /// In bytes; 0 for a symbolic link that leads nowhere.
        let size: Int
    }

    let identity: Identity
    private(set) var directories: [String] = []
    private(set) var images: [Image] = []

    /// Lists the directory at `path`, following symbolic links. Files without an image's extension, pipes and devices are
    /// left out; a link that leads nowhere is listed when it has an image's name, so that it is not passed over silently.
    ///
    /// Throws a `Problem` when the directory or an entry cannot be read, or when a name is not UTF-8.
    init(path: String) throws(Problem) {
        guard let stream = opendir(path) else { throw Problem.unreadable(path, code: errno) }
        defer { closedir(stream) }
        let descriptor = dirfd(stream)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Problem.unreadable(path, code: errno) }
        identity = Identity(device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(truncatingIfNeeded: status.st_ino))

        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw Problem.unreadable(path, code: errno) }
                break
            }
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if bytes.first == UInt8(ascii: ".") { continue }
            guard let name = String(validating: bytes, as: UTF8.self) else {
                throw Problem(
                    "\(path) holds a file whose name is not UTF-8: \(String(decoding: bytes, as: UTF8.self))",
                    remedy: "rename the file")
            }
            let isImage = ImageFolder.hasImageExtension(name)
            if fstatat(descriptor, name, &status, 0) == 0 {
                if status.st_mode & S_IFMT == S_IFDIR {
                    directories.append(name)
                } else if isImage, status.st_mode & S_IFMT == S_IFREG {
                    images.append(Image(name: name, size: Int(status.st_size)))
                }
            } else if errno == ENOENT || errno == ELOOP {
                if isImage { images.append(Image(name: name, size: 0)) }
            } else {
                throw Problem.unreadable("\(path)/\(name)", code: errno)
            }
        }
        directories.sort(by: Self.precedes)
        images.sort { Self.precedes($0.name, $1.name) }
    }

    /// Byte order, which for UTF-8 is the order of code points, as Python sorts; `String`'s own order is Unicode's.
    static func precedes(_ a: String, _ b: String) -> Bool {
        a.utf8.lexicographicallyPrecedes(b.utf8)
    }
}
