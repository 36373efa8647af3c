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
    /// The regular files that are no images.
    private(set) var others: [String] = []
    /// Images and directories whose names are not UTF-8, with replacement characters.
    private(set) var unnameable: [String] = []

    /// Lists the directory at `path`, following symbolic links. Images are regular files with an image's ending, and files
    /// without any ending that begin as an image. Pipes and devices are left out; a link that leads nowhere is listed when it
    /// has an image's name, so that it is not passed over silently.
    ///
    /// Throws a `Problem` when the directory or an entry cannot be read.
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
            try add(bytes, in: descriptor, path: path)
        }
        directories.sort(by: Self.precedes)
        images.sort { Self.precedes($0.name, $1.name) }
        others.sort(by: Self.precedes)
        unnameable.sort(by: Self.precedes)
    }

    private mutating func add(_ bytes: [UInt8], in descriptor: Int32, path: String) throws(Problem) {
        let name = String(decoding: bytes, as: UTF8.self)
        let isUTF8 = name.utf8.elementsEqual(bytes)
        let hasEnding = ImageFolder.hasImageExtension(name)
        let entry = bytes.map(CChar.init(bitPattern:)) + [0]
        var status = stat()
        guard fstatat(descriptor, entry, &status, 0) == 0 else {
            guard errno == ENOENT || errno == ELOOP else { throw Problem.unreadable("\(path)/\(name)", code: errno) }
            if hasEnding, isUTF8 { images.append(Image(name: name, size: 0)) }
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            if isUTF8 { directories.append(name) } else { unnameable.append(name) }
        case S_IFREG where hasEnding || !name.contains(".") && Self.beginsAsImage(entry, in: descriptor):
            if isUTF8 { images.append(Image(name: name, size: Int(status.st_size))) } else { unnameable.append(name) }
        case S_IFREG:
            others.append(name)
        default:
            break
        }
    }

    private static func beginsAsImage(_ entry: [CChar], in descriptor: Int32) -> Bool {
        let file = openat(descriptor, entry, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return false }
        defer { close(file) }
        return withUnsafeTemporaryAllocation(byteCount: 16, alignment: 1) { buffer in
            guard pread(file, buffer.baseAddress, buffer.count, 0) == buffer.count else { return false }
            return ImageDecoder.recognises(UnsafeRawBufferPointer(buffer))
        }
    }

    /// Byte order, which for UTF-8 is the order of code points, as Python sorts; `String`'s own order is Unicode's.
    static func precedes(_ a: String, _ b: String) -> Bool {
        a.utf8.lexicographicallyPrecedes(b.utf8)
    }
}
