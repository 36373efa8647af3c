import Diagnostics
import Tensors

#if _endian(big)
    #error("stored tensors are little-endian and are copied without swapping")
#endif

extension TensorEntry {
    /// The tensor's values as row-major float32, read from the file now. Integers beyond 2^24 and float64 values round
    /// to the nearest float32; true is 1.
    /// - Throws: `Problem` if the number format cannot be converted or the stored bytes do not match their checksum.
    func values() throws -> Tensor {
        Tensor(shape: shape, values: try gather(dimensions: shape.dimensions))
    }

    /// Whether a value is NaN or infinite, as float32. False for integers.
    /// - Throws: as `values()` does.
    func hasNonFiniteValue() throws -> Bool {
        guard elementType.isFloatingPoint else { return false }
        // An expanded axis repeats the same elements: one of them tells.
        let dimensions = zip(shape.dimensions, strides).map { extent, stride in stride == 0 ? min(extent, 1) : extent }
        return try gather(dimensions: dimensions).contains { !$0.isFinite }
    }

    /// The values of a row-major tensor of integers or booleans; true is 1. Beyond the range of `Int` they become its ends.
    /// - Throws: `Problem` if the elements are no integers or the stored bytes do not match their checksum.
    func integers() throws -> [Int] {
        func read<Element: FixedWidthInteger & BitwiseCopyable>(_ type: Element.Type) throws -> [Int] {
            try storage.verify(for: name)
            return storage.file.withBytes(in: storage.range) { bytes in
                (0..<shape.count).map {
                    Int(clamping: bytes.loadUnaligned(fromByteOffset: (offset + $0) * MemoryLayout<Element>.size, as: type))
                }
            }
        }
        precondition(strides == Self.rowMajorStrides(shape.dimensions), "a row-major tensor")
        switch elementType {
        case .int8: return try read(Int8.self)
        case .int16: return try read(Int16.self)
        case .int32: return try read(Int32.self)
        case .int64: return try read(Int64.self)
        case .uint8: return try read(UInt8.self)
        case .uint16: return try read(UInt16.self)
        case .uint32: return try read(UInt32.self)
        case .uint64: return try read(UInt64.self)
        case .bool: return try read(UInt8.self).map { $0 == 0 ? 0 : 1 }
        default: throw Problem("cannot read tensor '\(printable(name))' of '\(storage.file.path)': its elements are no integers")
        }
    }

    private func gather(dimensions: [Int]) throws -> [Float] {
        let convert: (UnsafeRawBufferPointer, Layout, UnsafeMutableBufferPointer<Float>) -> Void
        switch elementType {
        case .float32: convert = { Self.copy($0, $1, $2, from: Float.self) { $0 } }
        case .float64: convert = { Self.copy($0, $1, $2, from: Double.self) { Float($0) } }
        case .float16: convert = { Self.copy($0, $1, $2, from: UInt16.self) { Self.float(halfBits: $0) } }
        case .bfloat16: convert = { Self.copy($0, $1, $2, from: UInt16.self) { Float(bitPattern: UInt32($0) << 16) } }
        case .int8: convert = { Self.copy($0, $1, $2, from: Int8.self) { Float($0) } }
        case .int16: convert = { Self.copy($0, $1, $2, from: Int16.self) { Float($0) } }
        case .int32: convert = { Self.copy($0, $1, $2, from: Int32.self) { Float($0) } }
        case .int64: convert = { Self.copy($0, $1, $2, from: Int64.self) { Float($0) } }
        case .uint8: convert = { Self.copy($0, $1, $2, from: UInt8.self) { Float($0) } }
        case .uint16: convert = { Self.copy($0, $1, $2, from: UInt16.self) { Float($0) } }
        case .uint32: convert = { Self.copy($0, $1, $2, from: UInt32.self) { Float($0) } }
        case .uint64: convert = { Self.copy($0, $1, $2, from: UInt64.self) { Float($0) } }
        case .bool: convert = { Self.copy($0, $1, $2, from: UInt8.self) { $0 == 0 ? 0 : 1 } }
        case .complex32, .complex64, .complex128, .float8e4m3, .float8e5m2:
            throw Problem(
                "cannot read tensor '\(printable(name))' of '\(storage.file.path)': its elements are \(elementType.rawValue)",
                explanation: "Weights are read from float32, float16, bfloat16, float64, integers and booleans.",
                remedy: "Convert the tensor, for instance with tensor.float(), and save the checkpoint again.")
        }
        let layout = Layout(dimensions: dimensions, strides: strides, offset: offset)
        guard layout.count > 0 else { return [] }
        try storage.verify(for: name)
        return storage.file.withBytes(in: storage.range) { bytes in
            [Float](unsafeUninitializedCapacity: layout.count) { values, count in
                convert(bytes, layout, values)
                if isNegated { for index in 0..<layout.count { values[index].negate() } }
                count = layout.count
            }
        }
    }

    /// A view with as few axes as possible: axes of extent 1 are gone, and neighbours that step as one are joined.
    private struct Layout {
        var extents: [Int] = []
        var strides: [Int] = []
        let offset: Int
        let count: Int

        init(dimensions: [Int], strides: [Int], offset: Int) {
            self.offset = offset
            count = dimensions.contains(0) ? 0 : dimensions.reduce(1, *)
            for (extent, stride) in zip(dimensions, strides) where extent != 1 {
                if let outerStride = self.strides.last,
                    outerStride == stride.multipliedReportingOverflow(by: extent).partialValue, stride > 0
                {
                    self.extents[self.extents.count - 1] *= extent
                    self.strides[self.strides.count - 1] = stride
                } else {
                    self.extents.append(extent)
                    self.strides.append(stride)
                }
            }
            if extents.isEmpty {
                extents = [1]
                self.strides = [1]
            }
        }
    }

    /// Converts the elements of a view in row-major order. The view lies within `bytes` and is not empty.
    @inline(__always)
    private static func copy<Element: BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ layout: Layout, _ values: UnsafeMutableBufferPointer<Float>, from: Element.Type,
        _ convert: (Element) -> Float
    ) {
        let size = MemoryLayout<Element>.size
        let inner = layout.extents.count - 1
        let extent = layout.extents[inner]
        let step = layout.strides[inner] * size
        if layout.extents.count == 1, layout.strides[0] == 1, Element.self == Float.self {
            UnsafeMutableRawBufferPointer(values).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[layout.offset * size..<(layout.offset + layout.count) * size]))
            return
        }
        var place = [Int](repeating: 0, count: inner)
        var start = layout.offset * size
        var position = 0
        while true {
            var source = start
            for _ in 0..<extent {
                values[position] = convert(bytes.loadUnaligned(fromByteOffset: source, as: Element.self))
                position += 1
                source += step
            }
            // The outer axes count up like an odometer.
            var axis = inner - 1
            while axis >= 0 {
                place[axis] += 1
                start += layout.strides[axis] * size
                if place[axis] < layout.extents[axis] { break }
                start -= place[axis] * layout.strides[axis] * size
                place[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    /// An IEEE 754 half as a float: exact. By hand, because `Float16` is not on every platform.
    @inline(__always)
    static func float(halfBits: UInt16) -> Float {
        let sign = UInt32(halfBits & 0x8000) << 16
        let exponent = UInt32(halfBits & 0x7C00) >> 10
        let fraction = UInt32(halfBits & 0x03FF)
        switch exponent {
        case 0: return Float(bitPattern: sign | 0x3F80_0000) * Float(fraction) * 0x1p-24
        case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
