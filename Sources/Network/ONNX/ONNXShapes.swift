import Diagnostics
import Tensors

/// What the movements of ONNX mean for given shapes. Everything comes from a file: every number is checked.
enum ONNXShapes {
    /// The most elements that a value may have: far more than any activation of one image.
    static let countLimit = 1 << 30

    /// The product of the extents. Throws a `Problem` beyond `countLimit`.
    static func count(_ dimensions: [Int]) throws -> Int {
        guard dimensions.count <= TensorEntry.rankLimit else { throw Problem("has a value of \(dimensions.count) axes") }
        guard dimensions.allSatisfy({ $0 >= 0 }) else { throw Problem("has a negative extent: \(dimensions)") }
        guard let count = TensorEntry.elementCount(dimensions), count <= countLimit else {
            throw Problem("has a value of impossible size: \(dimensions)")
        }
        return count
    }

    static func axis(_ axis: Int, rank: Int) throws -> Int {
        guard axis >= -rank, axis < rank else { throw Problem("has no axis \(axis): its input has \(rank)") }
        return axis < 0 ? axis + rank : axis
    }

    /// Distinct axes in ascending order.
    static func axes(_ axes: [Int], rank: Int) throws -> [Int] {
        let sorted = try axes.map { try axis($0, rank: rank) }.sorted()
        guard Set(sorted).count == sorted.count else { throw Problem("names an axis twice: \(axes)") }
        return sorted
    }

    static func broadcast(_ a: [Int], _ b: [Int]) throws -> [Int] {
        guard let shape = Arithmetic.broadcast(a, b) else { throw Problem("cannot combine shapes \(a) and \(b)") }
        return shape
    }

    /// 0 keeps an extent (unless `allowsZero`), -1 takes what is left.
    static func reshaped(_ from: [Int], to wanted: [Int], allowsZero: Bool) throws -> [Int] {
        let total = try count(from)
        guard wanted.count <= TensorEntry.rankLimit else { throw Problem("reshapes to \(wanted.count) axes") }
        var result: [Int] = []
        for (axis, extent) in wanted.enumerated() {
            if extent == 0, !allowsZero {
                guard axis < from.count else { throw Problem("keeps axis \(axis) of a value that has \(from.count)") }
                result.append(from[axis])
            } else {
                guard extent >= -1 else { throw Problem("reshapes to \(wanted)") }
                result.append(extent)
            }
        }
        guard result.filter({ $0 == -1 }).count <= 1 else { throw Problem("cannot reshape \(from) to \(wanted)") }
        if let free = result.firstIndex(of: -1) {
            result[free] = 1
            let known = try count(result)
            guard known > 0, total % known == 0 else {
                throw Problem("cannot reshape \(from) to \(wanted)")
            }
            result[free] = total / known
        }
        guard try count(result) == total else { throw Problem("cannot reshape \(from) to \(wanted)") }
        return result
    }

    static func squeezed(_ from: [Int], axes: [Int]?) throws -> [Int] {
        guard let axes else { return from.filter { $0 != 1 } }
        let gone = try Self.axes(axes, rank: from.count)
        for axis in gone where from[axis] != 1 { throw Problem("drops axis \(axis), whose extent is \(from[axis])") }
        return from.indices.filter { !gone.contains($0) }.map { from[$0] }
    }

    static func unsqueezed(_ from: [Int], axes: [Int]) throws -> [Int] {
        guard from.count + axes.count <= TensorEntry.rankLimit else { throw Problem("adds \(axes.count) axes") }
        let added = try Self.axes(axes, rank: from.count + axes.count)
        var result = from
        for axis in added { result.insert(1, at: axis) }
        return result
    }

    static func permutation(_ wanted: [Int]?, rank: Int) throws -> [Int] {
        let permutation = wanted ?? Array((0..<rank).reversed())
        guard permutation.sorted() == Array(0..<rank) else { throw Problem("cannot permute \(rank) axes as \(permutation)") }
        return permutation
    }

    /// A range along one axis.
    struct Range: Equatable {
        var axis: Int
        var start: Int
        var count: Int
        var step: Int
    }

    /// The ranges of a slice, clamped as NumPy does.
    static func slices(_ from: [Int], starts: [Int], ends: [Int], axes: [Int]?, steps: [Int]?) throws -> [Range] {
        let axes = try axes.map { try $0.map { try axis($0, rank: from.count) } } ?? Array(starts.indices)
        let steps = steps ?? Array(repeating: 1, count: starts.count)
        guard starts.count == ends.count, axes.count == starts.count, steps.count == starts.count,
            Set(axes).count == axes.count, axes.allSatisfy({ $0 < from.count })
        else { throw Problem("slices with \(starts.count) starts, \(ends.count) ends, \(axes.count) axes, \(steps.count) steps") }
        return try axes.indices.map { index in
            let extent = from[axes[index]], step = steps[index]
            guard step != 0, step != .min else { throw Problem("slices in steps of \(step)") }
            func clamped(_ place: Int, _ range: ClosedRange<Int>) -> Int {
                let place = place < 0 ? place.addingReportingOverflow(extent).partialValue : place
                return min(max(place, range.lowerBound), range.upperBound)
            }
            if step > 0 {
                let start = clamped(starts[index], 0...extent), end = clamped(ends[index], 0...extent)
                // Not `(span + step - 1) / step`, which a giant step overflows.
                let span = max(0, end - start)
                return Range(axis: axes[index], start: start, count: span == 0 ? 0 : (span - 1) / step + 1, step: step)
            }
            guard extent > 0 else { return Range(axis: axes[index], start: 0, count: 0, step: -1) }
            let start = clamped(starts[index], 0...extent - 1)
            let end = ends[index] < -extent ? -1 : clamped(ends[index], -1...extent - 1)
            let span = max(0, start - end)
            return Range(axis: axes[index], start: start, count: span == 0 ? 0 : (span - 1) / -step + 1, step: step)
        }
    }

    /// The lengths of the parts of an axis of `extent`.
    static func parts(of extent: Int, sizes: [Int]?, number: Int) throws -> [Int] {
        if let sizes {
            guard sizes.allSatisfy({ $0 >= 0 && $0 <= extent }), sizes.reduce(0, +) == extent else {
                throw Problem("splits an axis of \(extent) into \(sizes)")
            }
            return sizes
        }
        guard number > 0, number <= max(extent, 1) else { throw Problem("splits an axis of \(extent) into \(number)") }
        let length = (extent + number - 1) / number
        let last = extent - length * (number - 1)
        guard last >= 0 else { throw Problem("splits an axis of \(extent) into \(number)") }
        return Array(repeating: length, count: number - 1) + [last]
    }

    /// Indices along an axis of `extent`; negative ones count from the end.
    static func indices(_ indices: [Int], extent: Int) throws -> [Int] {
        try indices.map { index in
            guard index >= -extent, index < extent else { throw Problem("takes element \(index) of an axis of \(extent)") }
            return index < 0 ? index + extent : index
        }
    }

    /// What is added below and above each axis; may be negative, which crops.
    static func padding(_ pads: [Int], axes: [Int]?, from: [Int]) throws -> (low: [Int], high: [Int]) {
        let axes = try axes.map { try $0.map { try axis($0, rank: from.count) } } ?? Array(from.indices)
        guard pads.count == 2 * axes.count, Set(axes).count == axes.count,
            pads.allSatisfy({ abs($0 == .min ? .max : $0) <= 1 << 20 })
        else {
            throw Problem("pads \(axes.count) axes with \(pads)")
        }
        var low = [Int](repeating: 0, count: from.count), high = low
        for (index, axis) in axes.enumerated() {
            low[axis] = pads[index]
            high[axis] = pads[index + axes.count]
            guard from[axis] + low[axis] + high[axis] >= 0, from[axis] + min(low[axis], high[axis]) >= 0 else {
                throw Problem("pads an axis of \(from[axis]) with \(low[axis]) and \(high[axis])")
            }
        }
        return (low, high)
    }
}
