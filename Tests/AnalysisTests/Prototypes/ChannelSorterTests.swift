import Tensors
import Testing

@testable import Analysis

struct ChannelSorterTests {
    private struct Entry: Equatable {
        var position: Int
        var bits: UInt32
    }

    /// By value, ties by position; zeros of either sign are one value.
    private static func expected(_ values: [Float]) -> [Entry] {
        values.indices.sorted { (values[$0], $0) < (values[$1], $1) }.map {
            Entry(position: $0, bits: (values[$0] == 0 ? 0 : values[$0]).bitPattern)
        }
    }

    private static func sorted(_ values: [Float], with sorter: ChannelSorter) -> [Entry] {
        sorter.sort(values, count: values.count)
        return values.indices.map { Entry(position: Int(sorter.positions[$0]), bits: sorter.values[$0].bitPattern) }
    }

    // Around every change of method: 40 and 41 for insertion, 512 and 2048 for the digits' width.
    @Test(arguments: [1, 2, 3, 40, 41, 42, 255, 512, 513, 1024, 2048, 2049, 3136, 12544, 13000])
    func agreesWithSorting(_ count: Int) {
        let sorter = ChannelSorter(capacity: 13000)
        var random = RandomSource(seed: 1, stream: "\(count)")
        let kinds: [(name: String, value: () -> Float)] = [
            ("normal", { random.normal() }),
            ("behind a ReLU", { max(random.normal(), 0) }),
            ("many ties", { Float(random.integer(in: -3...3)) }),
            ("zeros of both signs", { [0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 1][random.integer(in: 0...4)] }),
            ("infinities", { [.infinity, -.infinity, 1, -1, 0, 3e38, -3e38][random.integer(in: 0...6)] }),
            ("all equal", { 2.5 }),
            ("all zero", { 0 }),
            ("all negative", { -1 - abs(random.normal()) }),
            ("close together, one far away", { random.uniform() < 0.001 ? -3e38 : 1 + random.uniform() * 1e-4 }),
            ("ties close together, one far away", { random.uniform() < 0.001 ? 1e-38 : 1 + Float(random.integer(in: 0...5)) * 0x1p-23 }),
            ("every size", { Float(bitPattern: UInt32(truncatingIfNeeded: random.next()) & 0xff7f_ffff) }),
        ]
        for kind in kinds {
            let values = (0..<count).map { _ in kind.value() }
            // The same sorter throughout: nothing of earlier calls remains.
            #expect(Self.sorted(values, with: sorter) == Self.expected(values), "\(kind.name)")
        }
    }

    @Test func nothingIsSortedOfNothing() {
        let sorter = ChannelSorter(capacity: 4)
        #expect(Self.sorted([], with: sorter).isEmpty)
    }
}
