import Foundation
import Diagnostics

/// Bytes aligned for vector instructions, zero at first; freed with the object.
public final class AlignedBuffer: @unchecked Sendable {
    public let bytes: Int
    public let address: UnsafeMutableRawPointer

    /// A buffer of `bytes` bytes. Throws a `Problem` when the system has no such amount.
    public init(bytes: Int) throws {
        var pointer: UnsafeMutableRawPointer?
        let wanted = max(64, bytes)
        guard posix_memalign(&pointer, 64, wanted) == 0, let pointer else {
            throw Problem(
                "Not enough memory: \(wanted / 1_000_000) MB asked for in one piece",
                remedy: "Use fewer threads, a smaller batch or a lower resolution.")
        }
        memset(pointer, 0, wanted)
        self.bytes = wanted
        address = pointer
    }

    deinit { free(address) }

    /// The buffer from byte `offset` on, as float32 values.
    public func floats(at offset: Int = 0) -> UnsafeMutablePointer<Float> {
        (address + offset).assumingMemoryBound(to: Float.self)
    }
}
