import Foundation
import Diagnostics

/// Bytes aligned for vector instructions, zero at first; freed with the object.
///
/// Large ones are pages of their own. They go back to the system with the object, where a heap keeps what lies between others, and
/// pages that nobody writes take no memory.
public final class AlignedBuffer: @unchecked Sendable {
    public let bytes: Int
    public let address: UnsafeMutableRawPointer

    /// A buffer of `bytes` bytes. Throws a `Problem` when the system has no such amount.
    public init(bytes: Int) throws {
        let wanted = max(64, bytes)
        guard let address = wanted < Self.leastPages ? Self.heap(wanted) : Self.pages(wanted) else {
            throw Problem(
                "Not enough memory: \(wanted / 1_000_000) MB asked for in one piece",
                remedy: "Use fewer threads, a smaller batch or a lower resolution.")
        }
        self.bytes = wanted
        self.address = address
    }

    deinit {
        if bytes < Self.leastPages { free(address) } else { munmap(address, bytes) }
    }

    /// From here on pages are worth a call of the system.
    private static let leastPages = 1 << 20

    private static func heap(_ bytes: Int) -> UnsafeMutableRawPointer? {
        var pointer: UnsafeMutableRawPointer?
        guard posix_memalign(&pointer, 64, bytes) == 0, let pointer else { return nil }
        memset(pointer, 0, bytes)
        return pointer
    }

    private static func pages(_ bytes: Int) -> UnsafeMutableRawPointer? {
        let mapping = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        return mapping == MAP_FAILED ? nil : mapping
    }

    /// The buffer from byte `offset` on, as float32 values.
    public func floats(at offset: Int = 0) -> UnsafeMutablePointer<Float> {
        (address + offset).assumingMemoryBound(to: Float.self)
    }
}
