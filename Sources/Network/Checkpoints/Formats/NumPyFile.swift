import Diagnostics
public import Tensors

/// Single arrays in NumPy's `.npy` format, versions 1 to 3 (numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
public enum NumPyFile {
    private static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
    /// NumPy's own limit for files that are not trusted is 10,000.
    private static let headerLimit = 65_535

    /// By kind and size in bytes, as in `<f4`.
    private static let elementTypes: [String: ElementType] = [
        "f2": .float16, "f4": .float32, "f8": .float64, "b1": .bool, "c8": .complex64, "c16": .complex128,
        "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64,
        "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64,
    ]

    /// The array in a file as row-major float32, whatever its own order. Integers beyond 2^24 and float64 values round to
    /// the nearest float32; booleans become 0 and 1.
    /// - Throws: `Problem` if the file cannot be read, is damaged, or holds anything but little-endian numbers.
    public static func read(path: String) throws -> Tensor {
        let file = try MappedFile(path: path)
        guard file.head(magic.count) == magic else {
            throw file.damaged("it is not a NumPy array", explanation: "A file that numpy.save wrote was expected.")
        }
        var reader = ByteReader(file, range: magic.count..<file.count, subject: "its NumPy header")
        let version = try reader.byte()
        _ = try reader.byte()
        let length: Int
        switch version {
        case 1: length = try reader.length(UInt16.self)
        case 2, 3: length = try reader.length(UInt32.self)
        default: throw file.damaged("its NumPy format has version \(version); 1 to 3 are known")
        }
        guard length <= headerLimit else {
            throw file.damaged("its NumPy header has \(length) bytes; \(headerLimit) are allowed")
        }
        let header = try NumPyHeader(ByteReader(file, range: try reader.take(length), subject: "its NumPy header"))

        let elementType = try elementType(header.type, file)
        guard let count = TensorEntry.elementCount(header.dimensions), header.dimensions.count <= TensorEntry.rankLimit else {
            throw file.damaged("it has an impossible shape: \(header.dimensions)")
        }
        let (size, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
        guard !overflow, size == reader.remaining else {
            throw file.damaged(
                "an array of type \(header.type) and shape \(header.dimensions) has \(reader.remaining) bytes of data")
        }
        let strides =
            header.isColumnMajor
            ? Array(TensorEntry.rowMajorStrides(header.dimensions.reversed()).reversed())
            : TensorEntry.rowMajorStrides(header.dimensions)
        let storage = TensorStorage(file, range: reader.position..<file.count, elementType: elementType)
        return try TensorEntry(name: "array", dimensions: header.dimensions, strides: strides, offset: 0, storage: storage)
            .values()
    }

    private static func elementType(_ description: String, _ file: MappedFile) throws -> ElementType {
        func refuse(_ what: String) -> Problem {
            Problem(
                "cannot read '\(file.path)': \(what)", explanation: "Arrays of little-endian numbers are read.",
                remedy: "Save it again with numpy.save(path, array.astype('<f4')).")
        }
        let kind = String(description.dropFirst())
        switch description.first {
        case ">" where elementTypes[kind] != nil: throw refuse("its numbers are not little-endian")
        case "<", "|":
            guard let type = elementTypes[kind] else { throw refuse("its elements are of the type '\(description)'") }
            return type
        default: throw refuse("its elements are of the type '\(description)'")
        }
    }

    /// Writes a tensor as a float32 array in row-major order (version 1), whole or not at all. The same tensor gives the
    /// same bytes, which are those that `numpy.save` writes.
    /// - Throws: `Problem` if the file cannot be written.
    public static func write(_ tensor: Tensor, to path: String) throws {
        let dimensions = tensor.shape.dimensions.map(String.init)
        let shape = dimensions.count == 1 ? "(\(dimensions[0]),)" : "(\(dimensions.joined(separator: ", ")))"
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }"
        // NumPy leaves room for the first axis to grow to 21 digits, then fills up to a multiple of 64 bytes.
        if let first = dimensions.first { header += String(repeating: " ", count: 21 - first.count) }
        let preamble = magic.count + 2 + 2
        header += String(repeating: " ", count: 64 - (preamble + header.utf8.count + 1) % 64) + "\n"
        guard let length = UInt16(exactly: header.utf8.count) else { throw Problem("cannot write '\(path)': too many axes") }

        try AtomicFile.write(to: path) { append in
            try (magic + [1, 0]).withUnsafeBytes { try append($0) }
            try withUnsafeBytes(of: length.littleEndian) { try append($0) }
            try Array(header.utf8).withUnsafeBytes { try append($0) }
            try tensor.values.withUnsafeBytes { try append($0) }
        }
    }
}
