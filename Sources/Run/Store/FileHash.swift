import Crypto
import Diagnostics
import Glibc

/// Fingerprints of files and bytes.
public enum FileHash {
    /// The SHA-256 of a file's bytes, in hexadecimal. Reads a piece at a time, whatever the file's size.
    ///
    /// - Throws: `Problem` when the file cannot be read.
    public static func sha256(path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Problem.system("read", path, code: errno) }
        defer { close(descriptor) }
        var hash = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 {
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            } else if count == 0 {
                return hexadecimal(hash.finalize())
            } else if errno != EINTR {
                throw Problem.system("read", path, code: errno)
            }
        }
    }

    /// The SHA-256 of `bytes`, in hexadecimal.
    public static func sha256(_ bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }
}

/// The SHA-256 of bytes that come in pieces.
public struct RunningHash {
    private var hash = SHA256()

    public init() {}

    public mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

    /// In hexadecimal; nothing may come after it.
    public func finish() -> String { hexadecimal(hash.finalize()) }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".unicodeScalars)
    var text = String.UnicodeScalarView()
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(text)
}
