import Diagnostics
import Glibc

/// Float32 matrices of one number of rows, written row by row into a safetensors file while that number is not known yet: memory does
/// not grow with it.
///
/// The rows of each wait in a file without a name beside the result, which the system removes however the process ends; `finish` puts
/// them together.
public final class SafetensorsRows {
    private struct Part {
        let name: String
        let width: Int
        let descriptor: Int32
    }

    private let path: String
    private let parts: [Part]
    public private(set) var rows = 0

    /// - Parameters:
    ///   - matrices: names and numbers of columns, in the order in which they shall stand in the file.
    ///   - path: an earlier file there is replaced by `finish`.
    /// - Throws: `Problem` when nothing can be written there.
    public init(_ matrices: [(name: String, width: Int)], to path: String) throws {
        self.path = path
        var parts: [Part] = []
        do {
            for matrix in matrices { parts.append(Part(name: matrix.name, width: matrix.width, descriptor: try Self.namelessFile(beside: path))) }
        } catch {
            for part in parts { close(part.descriptor) }
            throw error
        }
        self.parts = parts
    }

    deinit {
        for part in parts { close(part.descriptor) }
    }

    /// Adds a row to every matrix.
    ///
    /// - Parameter values: a row for each matrix, as wide as it is.
    /// - Throws: `Problem` when the disk is full.
    public func append(_ values: [[Float]]) throws {
        precondition(zip(parts, values).allSatisfy { $0.width == $1.count } && parts.count == values.count, "rows of other widths")
        for (part, row) in zip(parts, values) {
            try row.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let written = write(part.descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                    if written > 0 {
                        rest = rest.dropFirst(written)
                    } else if written == 0 || errno != EINTR {
                        throw Problem.system("write", path, code: written == 0 ? ENOSPC : errno)
                    }
                }
            }
        }
        rows += 1
    }

    /// Writes the file, whole or not at all.
    ///
    /// - Throws: `Problem` as `Safetensors.write` does.
    public func finish(metadata: [String: String]) throws {
        let header = try Safetensors.header(
            parts.map { (name: $0.name, dimensions: [rows, $0.width], count: rows * $0.width) }, metadata: metadata, path: path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        try AtomicFile.write(to: path) { append in
            try header.withUnsafeBytes { try append($0) }
            for part in parts {
                var place = 0
                let end = rows * part.width * MemoryLayout<Float>.size
                while place < end {
                    let count = pread(part.descriptor, buffer.baseAddress, min(buffer.count, end - place), off_t(place))
                    if count > 0 {
                        try append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                        place += count
                    } else if count == 0 || errno != EINTR {
                        throw Problem.system("read", path, code: count == 0 ? EIO : errno)
                    }
                }
            }
        }
    }

    private static func namelessFile(beside path: String) throws -> Int32 {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? ""
        let name = "\(folder)\(AtomicFile.temporaryPrefix)\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        let descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Problem.system("write", path, code: errno) }
        unlink(name)
        return descriptor
    }
}
