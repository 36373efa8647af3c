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

    private static func sorted(_ values: [Float], with sorter: inout ChannelSorter, stride: Int = 1) -> [Entry] {
        var spread = [Float](repeating: .nan, count: values.count * stride)
        for (position, value) in values.enumerated() { spread[position * stride] = value }
        var result: [Entry] = []
        var ranks: [Int] = []
        sorter.forEachSorted(spread, stride: stride, count: values.count) { rank, position, value in
            ranks.append(rank)
            result.append(Entry(position: position, bits: value.bitPattern))
        }
        #expect(ranks == Array(values.indices))
        return result
    }

    // Around every change of method: 48 and 49 for insertion, 1499 to 1501 for the digits' width.
    @Test(arguments: [1, 2, 3, 47, 48, 49, 50, 255, 1024, 1499, 1500, 1501, 3136, 12544, 13000])
    func agreesWithSorting(_ count: Int) {
        var sorter = ChannelSorter(capacity: 13000)
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
            ("every size", { Float(bitPattern: UInt32(truncatingIfNeeded: random.next()) & 0xff7f_ffff) }),
        ]
        for kind in kinds {
            let values = (0..<count).map { _ in kind.value() }
            // The same sorter throughout: nothing of earlier calls remains.
            #expect(Self.sorted(values, with: &sorter) == Self.expected(values), "\(kind.name)")
        }
    }

    @Test func readsEverySixteenthValue() {
        var sorter = ChannelSorter(capacity: 100)
        var random = RandomSource(seed: 2, stream: "stride")
        let values = (0..<100).map { _ in random.normal() }
        #expect(Self.sorted(values, with: &sorter, stride: 16) == Self.expected(values))
    }

    @Test func nothingIsSortedOfNothing() {
        var sorter = ChannelSorter(capacity: 4)
        #expect(Self.sorted([], with: &sorter).isEmpty)
    }
}
