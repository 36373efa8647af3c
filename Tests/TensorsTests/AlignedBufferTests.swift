import Diagnostics
import Tensors
import Testing

@Suite struct AlignedBufferTests {
    @Test(arguments: [0, 1, 100_000, 1 << 20, 10_000_001]) func `a buffer is zero, aligned, and all of it can be written`(bytes: Int) throws {
        let buffer = try AlignedBuffer(bytes: bytes)
        #expect(buffer.bytes == max(64, bytes))
        withExtendedLifetime(buffer) {
            #expect(Int(bitPattern: buffer.address) % 64 == 0)
            let all = UnsafeMutableRawBufferPointer(start: buffer.address, count: buffer.bytes)
            #expect(all.allSatisfy { $0 == 0 })
            all.copyBytes(from: repeatElement(7, count: buffer.bytes))
            #expect(all.allSatisfy { $0 == 7 })
        }
    }

    @Test func `what no system has is refused`() throws {
        let problem = try #require(throws: Problem.self) { try AlignedBuffer(bytes: 1 << 60) }
        #expect(problem.summary.hasPrefix("Not enough memory"))
    }
}
