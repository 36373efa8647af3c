import Diagnostics

/// The safetensors format (github.com/huggingface/safetensors): the header's length in eight bytes, a JSON header with the
/// type, shape and place of every tensor, then the row-major data without gaps.
public enum Safetensors {
    /// The format's own limit.
    static let headerLimit = 100_000_000

    private static let elementTypes: [String: ElementType] = [
        "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16,
        "I64": .int64, "I32": .int32, "I16": .int16, "I8": .int8,
        "U64": .uint64, "U32": .uint32, "U16": .uint16, "U8": .uint8, "BOOL": .bool,
        "C64": .complex64, "F8_E4M3": .float8e4m3, "F8_E5M2": .float8e5m2,
    ]

    private struct Description {
        let name: String
        let elementType: ElementType
        let dimensions: [Int]
        let place: Range<Int>
    }

    /// - Throws: `Problem` if the header is damaged or the data does not fit it exactly.
    static func read(_ file: MappedFile) throws -> (metadata: [String: String], entries: [TensorEntry]) {
        var reader = ByteReader(file, range: 0..<file.count, subject: "its safetensors header")
        let length = try reader.length(UInt64.self)
        guard length <= headerLimit, length <= reader.remaining else {
            throw file.damaged(
                "its safetensors header should have \(length) bytes; \(reader.remaining) are left, and \(headerLimit) are allowed"
            )
        }
        let start = reader.position + length
        let (metadata, descriptions) = try readHeader(
            ByteReader(file, range: reader.position..<start, subject: "its safetensors header"), file)

        // In the data's order, every byte belongs to exactly one tensor.
        let ordered = descriptions.sorted {
            ($0.place.lowerBound, $0.place.upperBound) < ($1.place.lowerBound, $1.place.upperBound)
        }
        var end = 0
        for description in ordered {
            guard description.place.lowerBound == end else {
                throw file.damaged(
                    "tensor '\(description.name)' begins at byte \(description.place.lowerBound) of the data, not behind its predecessor at \(end)"
                )
            }
            end = description.place.upperBound
        }
        guard end == file.count - start else {
            throw file.damaged("its tensors need \(end) bytes of data, it has \(file.count - start)")
        }
        let entries = try ordered.map { description in
            let range = start + description.place.lowerBound..<start + description.place.upperBound
            return try TensorEntry(
                name: description.name, dimensions: description.dimensions,
                strides: TensorEntry.rowMajorStrides(description.dimensions),
                offset: 0, storage: TensorStorage(file, range: range, elementType: description.elementType))
        }
        return (metadata, entries)
    }

    private static func readHeader(_ reader: ByteReader, _ file: MappedFile) throws -> ([String: String], [Description]) {
        var metadata: [String: String] = [:]
        var descriptions: [Description] = []
        var names: Set<String> = []
        var header = SafetensorsHeaderReader(reader)
        try header.object { name, header in
            guard names.insert(name).inserted else { throw file.damaged("its safetensors header names '\(name)' twice") }
            if name == "__metadata__" {
                try header.object { key, header in metadata[key] = try header.string() }
            } else {
                descriptions.append(try readDescription(name, &header, file))
            }
        }
        try header.finish()
        return (metadata, descriptions)
    }

    private static func readDescription(_ name: String, _ header: inout SafetensorsHeaderReader, _ file: MappedFile) throws
        -> Description
    {
        var type: String?
        var dimensions: [Int]?
        var offsets: [Int]?
        try header.object { key, header in
            switch key {
            case "dtype": type = try header.string()
            case "shape": dimensions = try header.integers(limit: TensorEntry.rankLimit)
            case "data_offsets": offsets = try header.integers(limit: 2)
            default: throw file.damaged("tensor '\(name)' has an unknown property '\(key)'")
            }
        }
        guard let type, let dimensions, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
            throw file.damaged("tensor '\(name)' lacks a type, a shape or its two offsets")
        }
        guard let elementType = elementTypes[type] else {
            throw file.damaged(
                "tensor '\(name)' is of the type \(type)",
                explanation: "Weights are read from F64, F32, F16, BF16, integers and BOOL.",
                remedy: "Convert the model to F32 and save it again.")
        }
        guard let count = TensorEntry.elementCount(dimensions) else {
            throw file.damaged("tensor '\(name)' has an impossible shape: \(dimensions)")
        }
        let (size, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
        guard !overflow, size == offsets[1] - offsets[0] else {
            throw file.damaged("tensor '\(name)' of type \(type) and shape \(dimensions) has \(offsets[1] - offsets[0]) bytes")
        }
        return Description(name: name, elementType: elementType, dimensions: dimensions, place: offsets[0]..<offsets[1])
    }
}
