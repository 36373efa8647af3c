/// A piece of work bound to its buffers, to be run on a stream as often as wanted.
public typealias BoundStep = (Stream) throws -> Void

/// One block of sixteen channels at one position.
@usableFromInline typealias Lane = SIMD16<Float>

extension UnsafeMutablePointer<Float> {
    /// The same memory as blocks of sixteen. The address must be a multiple of 64 bytes.
    @inlinable var lanes: UnsafeMutablePointer<Lane> {
        UnsafeMutableRawPointer(self).assumingMemoryBound(to: Lane.self)
    }
}
