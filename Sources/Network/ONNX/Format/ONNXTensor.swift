import Diagnostics
import Tensors

/// A constant of an ONNX file: its shape is known, its values are read when asked for.
struct ONNXTensor: Sendable {
    /// Where the values stand.
    enum Contents: Sendable {
        /// As bytes, here or in a file beside the model.
        case bytes(TensorEntry)
        /// As numbers of a protocol buffer: `float_data`, `int32_data`, `int64_data`, `double_data` or `uint64_data`.
        case numbers([Piece], kind: NumberKind)
        /// In a format that is not read.
        case unreadable(String)
    }

    enum Piece: Sendable {
        case packed(Range<Int>)
        case single(UInt64)
    }

    enum NumberKind: Sendable { case float, double, integer }

    let name: String
    let dimensions: [Int]
    /// Nil for types that are no numbers to compute with here.
    let elementType: ElementType?
    let contents: Contents
    let file: MappedFile

    /// The number of values, known not to overflow.
    var count: Int { dimensions.reduce(1, *) }

    /// The number formats by their code in `TensorProto.DataType`.
    static let elementTypes: [Int: ElementType] = [
        1: .float32, 2: .uint8, 3: .int8, 4: .uint16, 5: .int16, 6: .int32, 7: .int64, 9: .bool, 10: .float16, 11: .float64,
        12: .uint32, 13: .uint64, 14: .complex64, 15: .complex128, 16: .bfloat16, 17: .float8e4m3, 19: .float8e5m2,
    ]

    /// The values, read from the file now. Floating-point numbers round to float32.
    /// - Throws: `Problem` that names the tensor.
    func constant() throws -> ConstantTensor {
        var constant = try read()
        constant.elementType = elementType
        return constant
    }

    private func read() throws -> ConstantTensor {
        if case .unreadable(let what) = contents { throw refuse(what) }
        guard let elementType, elementType.isReadable else {
            throw refuse("holds elements of a type that is not read")
        }
        let kind: ConstantTensor.Kind = elementType.isFloatingPoint ? .float : elementType == .bool ? .boolean : .integer
        switch contents {
        case .unreadable(let what): throw refuse(what)
        case .bytes(let entry):
            if kind == .float { return ConstantTensor(dimensions: dimensions, floats: try entry.values().values) }
            return ConstantTensor(dimensions: dimensions, integers: try entry.integers(), kind: kind)
        case .numbers(let pieces, let numberKind):
            if kind == .float {
                let floats = try floats(pieces, numberKind, elementType)
                try check(floats.count)
                return ConstantTensor(dimensions: dimensions, floats: floats)
            }
            let integers = try integers(pieces)
            try check(integers.count)
            return ConstantTensor(
                dimensions: dimensions, integers: kind == .boolean ? integers.map { $0 == 0 ? 0 : 1 } : integers, kind: kind)
        }
    }

    private func check(_ found: Int) throws {
        guard found == count else { throw refuse("has \(found) values, its shape \(dimensions) asks for \(count)") }
    }

    private func refuse(_ what: String) -> Problem { file.damaged("tensor '\(name)' \(what)") }

    private func floats(_ pieces: [Piece], _ kind: NumberKind, _ type: ElementType) throws -> [Float] {
        var result: [Float] = []
        for piece in pieces {
            switch (piece, kind) {
            case (.single(let bits), .float): result.append(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
            case (.single(let bits), .double): result.append(Float(Double(bitPattern: bits)))
            case (.packed(let range), .float):
                guard range.count % 4 == 0 else { throw refuse("has a broken list of numbers") }
                file.withBytes(in: range) { bytes in
                    result.reserveCapacity(result.count + bytes.count / 4)
                    for at in stride(from: 0, to: bytes.count, by: 4) {
                        result.append(bytes.loadUnaligned(fromByteOffset: at, as: Float.self))
                    }
                }
            case (.packed(let range), .double):
                guard range.count % 8 == 0 else { throw refuse("has a broken list of numbers") }
                file.withBytes(in: range) { bytes in
                    for at in stride(from: 0, to: bytes.count, by: 8) {
                        result.append(Float(bytes.loadUnaligned(fromByteOffset: at, as: Double.self)))
                    }
                }
            case (_, .integer):
                // Halves stand as their bits.
                guard type == .float16 || type == .bfloat16 else { throw refuse("holds whole numbers where others are due") }
                result += try integers([piece]).map { bits in
                    let bits = UInt16(truncatingIfNeeded: bits)
                    return type == .bfloat16 ? Float(bitPattern: UInt32(bits) << 16) : TensorEntry.float(halfBits: bits)
                }
            }
        }
        return result
    }

    private func integers(_ pieces: [Piece]) throws -> [Int] {
        var result: [Int] = []
        for piece in pieces {
            switch piece {
            case .single(let bits): result.append(Int(Int64(bitPattern: bits)))
            case .packed(let range):
                var reader = ByteReader(file, range: range, subject: "tensor '\(name)'")
                while reader.remaining > 0 { result.append(Int(Int64(bitPattern: try reader.varint()))) }
            }
        }
        return result
    }
}
