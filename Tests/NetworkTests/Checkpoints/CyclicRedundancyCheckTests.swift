import Testing

@testable import Network

@Suite struct CyclicRedundancyCheckTests {
    /// The check value of the algorithm's definition, and lengths around the eight bytes of a step against one bit a step.
    @Test func agreesWithTheDefinition() {
        #expect(Array("123456789".utf8).withUnsafeBytes { CyclicRedundancyCheck.checksum(of: $0) } == 0xCBF4_3926)
        for length in 0..<40 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
            var state: UInt32 = .max
            for byte in bytes {
                state ^= UInt32(byte)
                for _ in 0..<8 { state = state & 1 == 0 ? state >> 1 : (state >> 1) ^ 0xEDB8_8320 }
            }
            #expect(bytes.withUnsafeBytes { CyclicRedundancyCheck.checksum(of: $0) } == ~state, "\(length) bytes")
        }
    }
}
