/// Sorts the values of one channel and says where each came from. Keeps its memory between calls; not to be shared.
///
/// Feature maps behind a ReLU are mostly zeros: those are set apart, and only the rest is sorted, by radix on the bits of the
/// numbers (least significant digit first, hence stable: ties keep the order of positions). Two digits of the range that the
/// values take put nearly all in order; what they leave is sorted by insertion.
final class ChannelSorter {
    /// The values in ascending order, and the position each had, after `sort`.
    let values: UnsafeMutablePointer<Float>
    let positions: UnsafeMutablePointer<Int32>
    private let capacity: Int
    private let entries: UnsafeMutablePointer<UInt64>
    private let other: UnsafeMutablePointer<UInt64>
    private let zeros: UnsafeMutablePointer<Int32>
    private let digits: UnsafeMutablePointer<Int32>
    private static let widestDigit = 11

    /// A sorter of maps of up to `capacity` positions.
    init(capacity: Int) {
        self.capacity = capacity
        values = .allocate(capacity: capacity + 1)
        positions = .allocate(capacity: capacity + 1)
        entries = .allocate(capacity: capacity + 1)
        other = .allocate(capacity: capacity + 1)
        zeros = .allocate(capacity: capacity + 1)
        digits = .allocate(capacity: 1 << Self.widestDigit)
    }

    deinit {
        values.deallocate()
        positions.deallocate()
        entries.deallocate()
        other.deallocate()
        zeros.deallocate()
        digits.deallocate()
    }

    /// Sorts the `count` values of `row` by value, ties by position. Zeros of either sign are equal, and come out as 0.
    func sort(_ row: UnsafePointer<Float>, count: Int) {
        precondition(count <= capacity, "a row that fits")
        var filled = 0, zeroCount = 0, negative = 0
        var smallest = UInt32.max, largest = UInt32.min
        for position in 0..<count {
            let value = row[position]
            let bits = value.bitPattern
            // Order-preserving: negatives reversed below, positives above.
            let key = bits ^ (UInt32(bitPattern: Int32(bitPattern: bits) >> 31) | 0x8000_0000)
            let isZero = value == 0
            // Written to both lists, counted in one: no branch that zeros here and there would make unpredictable.
            entries[filled] = UInt64(key) << 32 | UInt64(position)
            zeros[zeroCount] = Int32(truncatingIfNeeded: position)
            filled &+= isZero ? 0 : 1
            zeroCount &+= isZero ? 1 : 0
            negative &+= !isZero && key < 0x8000_0000 ? 1 : 0
            smallest = isZero ? smallest : min(smallest, key)
            largest = isZero ? largest : max(largest, key)
        }
        let sorted = sortEntries(filled, smallest, largest)
        write(sorted, 0..<negative, to: 0)
        for i in 0..<zeroCount {
            values[negative + i] = 0
            positions[negative + i] = zeros[i]
        }
        write(sorted, negative..<filled, to: negative + zeroCount)
    }

    private func write(_ sorted: UnsafeMutablePointer<UInt64>, _ range: Range<Int>, to rank: Int) {
        let (values, positions) = (values + rank, positions + rank)
        for (rank, i) in range.enumerated() {
            let entry = sorted[i]
            let key = UInt32(truncatingIfNeeded: entry >> 32)
            values[rank] = Float(bitPattern: key ^ (key >> 31 == 1 ? 0x8000_0000 : 0xffff_ffff))
            positions[rank] = Int32(truncatingIfNeeded: entry)
        }
    }

    private func sortEntries(_ count: Int, _ smallest: UInt32, _ largest: UInt32) -> UnsafeMutablePointer<UInt64> {
        var from = entries, to = other
        if count <= 40 {
            _ = Self.insertionSort(from, count, moves: .max)
            return from
        }
        let bits = 32 - (largest - smallest).leadingZeroBitCount
        let width = count > 2048 ? 11 : count > 512 ? 9 : 7
        let used = min(bits, 2 * width)
        let base = UInt64(smallest) << 32
        var shift = 32 + bits - used
        for _ in 0..<(used + width - 1) / width {
            pass(from, to, count, base, shift, width)
            swap(&from, &to)
            shift += width
        }
        if bits > used, !Self.insertionSort(from, count, moves: 8 * count) {
            // Many values close together and a few far away. Equal ones are in order of position: digit by digit keeps that.
            shift = 32
            while shift < 32 + bits {
                pass(from, to, count, base, shift, Self.widestDigit)
                swap(&from, &to)
                shift += Self.widestDigit
            }
        }
        return from
    }

    /// Sorts by insertion; false when that would take more than `moves`: then the order is an intermediate one.
    private static func insertionSort(_ entries: UnsafeMutablePointer<UInt64>, _ count: Int, moves: Int) -> Bool {
        guard count > 1 else { return true }
        var left = moves
        var before = entries[0]
        for i in 1..<count {
            let entry = entries[i]
            if before <= entry {
                before = entry
                continue
            }
            var j = i
            repeat {
                entries[j] = entries[j - 1]
                j -= 1
            } while j > 0 && entries[j - 1] > entry
            entries[j] = entry
            // What stands at i now is what stood before it.
            left -= i - j
            if left < 0 { return false }
        }
        return true
    }

    /// Moves `count` entries to `to` in the order of the digit of `width` bits from `shift` on, counted above `base`.
    private func pass(
        _ from: UnsafeMutablePointer<UInt64>, _ to: UnsafeMutablePointer<UInt64>, _ count: Int, _ base: UInt64, _ shift: Int, _ width: Int
    ) {
        let digits = digits
        let mask = UInt64(1 << width - 1), shift = UInt64(shift)
        digits.update(repeating: 0, count: 1 << width)
        for i in 0..<count { digits[Int(truncatingIfNeeded: ((from[i] &- base) &>> shift) & mask)] &+= 1 }
        var total: Int32 = 0
        for digit in 0..<1 << width {
            let here = digits[digit]
            digits[digit] = total
            total &+= here
        }
        for i in 0..<count {
            let entry = from[i]
            let digit = Int(truncatingIfNeeded: ((entry &- base) &>> shift) & mask)
            to[Int(digits[digit])] = entry
            digits[digit] &+= 1
        }
    }
}
