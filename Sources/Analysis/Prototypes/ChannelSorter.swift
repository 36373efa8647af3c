/// Sorts the values of one channel and says where each came from. Keeps its memory between calls; not to be shared.
///
/// Feature maps behind a ReLU are mostly zeros: those are set apart, and only the rest is sorted, by radix on the bits of the
/// numbers (least significant digit first, hence stable: ties keep the order of positions).
struct ChannelSorter {
    private var entries: [UInt64]
    private var other: [UInt64]
    private var counts: [Int32]

    /// A sorter of maps of up to `capacity` positions.
    init(capacity: Int) {
        entries = Array(repeating: 0, count: capacity)
        other = Array(repeating: 0, count: capacity)
        counts = Array(repeating: 0, count: 1 << 11)
    }

    /// Calls `visit` with rank, position and value for every position, in ascending order of values.
    ///
    /// `values[position * stride]` for `count` positions. Zeros of either sign are equal.
    @inline(__always)
    mutating func forEachSorted(
        _ values: UnsafePointer<Float>, stride: Int, count: Int,
        _ visit: (_ rank: Int, _ position: Int, _ value: Float) -> Void
    ) {
        entries.withUnsafeMutableBufferPointer { entries in
            other.withUnsafeMutableBufferPointer { other in
                counts.withUnsafeMutableBufferPointer { counts in
                    guard var from = entries.baseAddress, var to = other.baseAddress, let digits = counts.baseAddress else { return }
                    var filled = 0, negative = 0
                    for position in 0..<count {
                        let value = values[position * stride]
                        if value == 0 { continue }
                        let bits = value.bitPattern
                        let isNegative = bits >> 31
                        negative += Int(isNegative)
                        // Order-preserving: negatives reversed below, positives above.
                        let key = bits ^ (isNegative == 1 ? 0xffff_ffff : 0x8000_0000)
                        from[filled] = UInt64(key) << 32 | UInt64(position)
                        filled += 1
                    }
                    if filled <= 48 {
                        Self.insertionSort(from, filled)
                    } else {
                        let width = filled < 1500 ? 8 : 11
                        var shift = 32
                        while shift < 64 {
                            if Self.radixPass(from, to, filled, shift, width, digits) { swap(&from, &to) }
                            shift += width
                        }
                    }
                    var rank = 0
                    func visitEntry(_ entry: UInt64) {
                        let key = UInt32(truncatingIfNeeded: entry >> 32)
                        let bits = key ^ (key >> 31 == 1 ? 0x8000_0000 : 0xffff_ffff)
                        visit(rank, Int(UInt32(truncatingIfNeeded: entry)), Float(bitPattern: bits))
                        rank += 1
                    }
                    for i in 0..<negative { visitEntry(from[i]) }
                    if filled < count {
                        for position in 0..<count where values[position * stride] == 0 {
                            visit(rank, position, 0)
                            rank += 1
                        }
                    }
                    for i in negative..<filled { visitEntry(from[i]) }
                }
            }
        }
    }

    private static func insertionSort(_ entries: UnsafeMutablePointer<UInt64>, _ count: Int) {
        var i = 1
        while i < count {
            let entry = entries[i]
            var j = i
            while j > 0, entries[j - 1] > entry {
                entries[j] = entries[j - 1]
                j -= 1
            }
            entries[j] = entry
            i += 1
        }
    }

    /// One pass over a digit; false when all entries share it and nothing had to move.
    private static func radixPass(
        _ from: UnsafeMutablePointer<UInt64>, _ to: UnsafeMutablePointer<UInt64>, _ count: Int, _ shift: Int, _ width: Int,
        _ digits: UnsafeMutablePointer<Int32>
    ) -> Bool {
        let mask = UInt64(1 << width - 1)
        digits.update(repeating: 0, count: 1 << width)
        for i in 0..<count { digits[Int(truncatingIfNeeded: (from[i] >> UInt64(shift)) & mask)] += 1 }
        if digits[Int(truncatingIfNeeded: (from[0] >> UInt64(shift)) & mask)] == Int32(truncatingIfNeeded: count) { return false }
        var total: Int32 = 0
        for digit in 0..<1 << width {
            let here = digits[digit]
            digits[digit] = total
            total += here
        }
        for i in 0..<count {
            let entry = from[i]
            let digit = Int(truncatingIfNeeded: (entry >> UInt64(shift)) & mask)
            to[Int(digits[digit])] = entry
            digits[digit] += 1
        }
        return true
    }
}
