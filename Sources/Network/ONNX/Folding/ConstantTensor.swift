import Diagnostics
import Tensors

/// Values of an ONNX graph that do not depend on the image: weights, shapes, indices, masks. Row-major.
struct ConstantTensor: Sendable {
    enum Kind: Sendable { case float, integer, boolean }

    let dimensions: [Int]
    let kind: Kind
    /// The values of `.float`, rounded to float32.
    let floats: [Float]
    /// The values of the other kinds; true is 1.
    let integers: [Int]
    /// The number format in the file, where it stands there as it is.
    var elementType: ElementType?

    init(dimensions: [Int], floats: [Float]) {
        precondition(floats.count == dimensions.reduce(1, *), "\(floats.count) values for \(dimensions)")
        (self.dimensions, self.floats, kind, integers) = (dimensions, floats, .float, [])
    }

    init(dimensions: [Int], integers: [Int], kind: Kind = .integer) {
        precondition(kind != .float && integers.count == dimensions.reduce(1, *), "\(integers.count) values for \(dimensions)")
        (self.dimensions, self.integers, self.kind, floats) = (dimensions, integers, kind, [])
    }

    /// A list of whole numbers, such as a shape.
    init(list: [Int]) { self.init(dimensions: [list.count], integers: list) }

    var count: Int { kind == .float ? floats.count : integers.count }
    var rank: Int { dimensions.count }

    /// As float32, whatever the kind.
    var asFloats: [Float] { kind == .float ? floats : integers.map(Float.init) }

    /// The only value, as float32; nil when there are more.
    var scalar: Float? {
        guard count == 1 else { return nil }
        return kind == .float ? floats.first : integers.first.map(Float.init)
    }

    var tensor: Tensor { Tensor(shape: Shape(dimensions), values: asFloats) }

    /// The same values under another shape of equal count.
    func reshaped(to dimensions: [Int]) -> ConstantTensor {
        var result =
            kind == .float
            ? ConstantTensor(dimensions: dimensions, floats: floats)
            : ConstantTensor(dimensions: dimensions, integers: integers, kind: kind)
        result.elementType = elementType
        return result
    }

    /// The elements at `offset + sum of index * stride`, for a shape and strides such that all lie within.
    func strided(_ extents: [Int], strides: [Int], offset: Int = 0) -> ConstantTensor {
        func copy<Element>(_ values: [Element]) -> [Element] {
            let count = extents.reduce(1, *)
            guard count > 0 else { return [] }
            guard let inner = extents.last, let step = strides.last else { return [values[offset]] }
            var result: [Element] = []
            result.reserveCapacity(count)
            var place = [Int](repeating: 0, count: extents.count - 1)
            var start = offset
            while true {
                for index in 0..<inner { result.append(values[start + index * step]) }
                // The outer axes count up like an odometer.
                var axis = place.count - 1
                while axis >= 0 {
                    place[axis] += 1
                    start += strides[axis]
                    if place[axis] < extents[axis] { break }
                    start -= place[axis] * strides[axis]
                    place[axis] = 0
                    axis -= 1
                }
                if axis < 0 { return result }
            }
        }
        return kind == .float
            ? ConstantTensor(dimensions: extents, floats: copy(floats))
            : ConstantTensor(dimensions: extents, integers: copy(integers), kind: kind)
    }

    func transposed(_ permutation: [Int]) -> ConstantTensor {
        if permutation == Array(0..<rank) { return self }
        let strides = TensorEntry.rowMajorStrides(dimensions)
        return strided(permutation.map { dimensions[$0] }, strides: permutation.map { strides[$0] })
    }

    /// Repeated along axes of extent 1 and new ones in front, as NumPy's `broadcast_to`. `target` fits.
    func expanded(to target: [Int]) -> ConstantTensor {
        if target == dimensions { return self }
        let own = TensorEntry.rowMajorStrides(dimensions)
        let added = target.count - rank
        let strides = target.indices.map { axis in
            axis < added || dimensions[axis - added] == 1 ? 0 : own[axis - added]
        }
        return strided(target, strides: strides)
    }

    /// The slices `indices` (each in range) along `axis`, whose place `shape` takes in the result.
    func gathered(_ indices: [Int], axis: Int, shape: [Int]) -> ConstantTensor {
        let inner = dimensions[(axis + 1)...].reduce(1, *), outer = dimensions[..<axis].reduce(1, *)
        let extent = dimensions[axis]
        let target = Array(dimensions[..<axis]) + shape + Array(dimensions[(axis + 1)...])
        func copy<Element>(_ values: [Element]) -> [Element] {
            var result: [Element] = []
            result.reserveCapacity(outer * indices.count * inner)
            for block in 0..<outer {
                for index in indices {
                    let start = (block * extent + index) * inner
                    result += values[start..<start + inner]
                }
            }
            return result
        }
        return kind == .float
            ? ConstantTensor(dimensions: target, floats: copy(floats))
            : ConstantTensor(dimensions: target, integers: copy(integers), kind: kind)
    }

    /// One behind the other along `axis`; all of one kind, and of shapes that differ there only.
    static func concatenated(_ parts: [ConstantTensor], axis: Int) -> ConstantTensor {
        let first = parts[0]
        var target = first.dimensions
        target[axis] = parts.reduce(0) { $0 + $1.dimensions[axis] }
        let outer = first.dimensions[..<axis].reduce(1, *)
        func join<Element>(_ lists: [[Element]]) -> [Element] {
            if outer == 1 { return lists.flatMap { $0 } }
            var result: [Element] = []
            for block in 0..<outer {
                for list in lists {
                    let length = list.count / outer
                    result += list[block * length..<(block + 1) * length]
                }
            }
            return result
        }
        return first.kind == .float
            ? ConstantTensor(dimensions: target, floats: join(parts.map(\.floats)))
            : ConstantTensor(dimensions: target, integers: join(parts.map(\.integers)), kind: first.kind)
    }

    /// Every value changed by itself; whole numbers are computed as such where `whole` is given.
    func mapped(_ transform: (Float) -> Float, whole: ((Int) -> Int)? = nil) -> ConstantTensor {
        if kind != .float, let whole { return ConstantTensor(dimensions: dimensions, integers: integers.map(whole), kind: kind) }
        return ConstantTensor(dimensions: dimensions, floats: asFloats.map(transform))
    }

    /// As another kind: numbers are cut to whole ones towards zero, and what is not zero is true.
    func cast(to kind: Kind) -> ConstantTensor {
        switch (self.kind, kind) {
        case (.float, .float): self
        case (_, .float): ConstantTensor(dimensions: dimensions, floats: asFloats)
        case (.float, .boolean): ConstantTensor(dimensions: dimensions, integers: floats.map { $0 == 0 ? 0 : 1 }, kind: .boolean)
        case (_, .boolean): ConstantTensor(dimensions: dimensions, integers: integers.map { $0 == 0 ? 0 : 1 }, kind: .boolean)
        case (.float, .integer):
            ConstantTensor(
                dimensions: dimensions,
                integers: floats.map { $0.isNaN ? 0 : Int(max(-9e18, min(9e18, Double($0.rounded(.towardZero))))) })
        case (_, .integer): ConstantTensor(dimensions: dimensions, integers: integers)
        }
    }
}
