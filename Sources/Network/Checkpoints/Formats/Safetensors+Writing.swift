import Diagnostics
public import Tensors

extension Safetensors {
    /// Writes float32 tensors, whole or not at all: under a temporary name in the same folder, flushed, then renamed. The
    /// same tensors and metadata give the same bytes.
    ///
    /// - Parameters:
    ///   - tensors: names and values, in the order in which they shall stand in the file.
    ///   - metadata: the file's own notes.
    ///   - path: an earlier file there is replaced.
    /// - Throws: `Problem` if a name is given twice or reserved, or the file cannot be written.
    public static func write(_ tensors: [(String, Tensor)], metadata: [String: String] = [:], to path: String) throws {
        let header = try header(
            tensors.map { (name: $0.0, dimensions: $0.1.shape.dimensions, count: $0.1.values.count) }, metadata: metadata, path: path)
        try AtomicFile.write(to: path) { append in
            try header.withUnsafeBytes { try append($0) }
            for (_, tensor) in tensors { try tensor.values.withUnsafeBytes { try append($0) } }
        }
    }

    /// What stands before the data of float32 tensors: the header's length and the header, to a multiple of eight bytes.
    ///
    /// - Throws: `Problem` if a name is given twice or reserved, or the header would be longer than the format allows.
    static func header(
        _ tensors: [(name: String, dimensions: [Int], count: Int)], metadata: [String: String], path: String
    ) throws -> [UInt8] {
        var items: [String] = []
        if !metadata.isEmpty {
            let notes = metadata.sorted { $0.key < $1.key }.map { quoted($0.key) + ":" + quoted($0.value) }
            items.append("\"__metadata__\":{" + notes.joined(separator: ",") + "}")
        }
        var names: Set<String> = []
        var offset = 0
        for (name, dimensions, count) in tensors {
            guard name != "__metadata__", names.insert(name).inserted else {
                throw Problem(
                    "cannot write '\(path)': the tensor name '\(name)' is \(name == "__metadata__" ? "reserved" : "given twice")")
            }
            let end = offset + count * MemoryLayout<Float>.size
            let shape = dimensions.map(String.init).joined(separator: ",")
            items.append(quoted(name) + ":{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var header = Array("{\(items.joined(separator: ","))}".utf8)
        // Spaces, as the format allows, so that the data begins at a multiple of eight bytes.
        while !header.count.isMultiple(of: 8) { header.append(0x20) }
        guard header.count <= headerLimit else {
            throw Problem("cannot write '\(path)': its header would have \(header.count) bytes", explanation: "The format allows \(headerLimit).")
        }
        return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
    }

    /// A JSON string.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
