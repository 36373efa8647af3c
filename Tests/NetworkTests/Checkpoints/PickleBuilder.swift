/// Pickles and archives put together byte by byte, for tests of what no honest writer would write.
enum PickleBuilder {
    static func text(_ text: String) -> [UInt8] { [0x58] + little(UInt32(text.utf8.count)) + Array(text.utf8) }
    static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
    static func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + little(value) }
    static func tuple(_ items: [[UInt8]]) -> [UInt8] { [0x28] + items.flatMap { $0 } + [0x74] }
    static func little(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

    static func tensor(
        storage: String = "0", type: String = "FloatStorage", count: Int, offset: Int = 0, shape: [Int], strides: [Int]
    ) -> [UInt8] {
        let identifier = tuple([text("storage"), global("torch", type), text(storage), text("cpu"), integer(count)])
        return global("torch._utils", "_rebuild_tensor_v2")
            + tuple([
                identifier + [0x51], integer(offset), tuple(shape.map(integer)), tuple(strides.map(integer)), [0x89],
                global("collections", "OrderedDict") + [0x29, 0x52],
            ]) + [0x52]
    }

    /// `{name: value, ...}` as a whole pickle.
    static func dictionary(_ items: [(String, [UInt8])]) -> [UInt8] {
        [0x80, 2, 0x7D, 0x28] + items.flatMap { text($0) + $1 } + [0x75, 0x2E]
    }

    /// An archive as `torch.save` writes it, around a pickle and storages.
    static func archive(_ pickle: [UInt8], storages: [(String, [UInt8])] = []) -> [UInt8] {
        var zip = ZipBuilder()
        zip.add("archive/data.pkl", pickle)
        for (key, bytes) in storages { zip.add("archive/data/" + key, bytes) }
        return zip.finish()
    }

    /// An archive with a single tensor `w`.
    static func archive(_ tensor: [UInt8], storageBytes: Int) -> [UInt8] {
        archive(dictionary([("w", tensor)]), storages: [("0", [UInt8](repeating: 0, count: storageBytes))])
    }
}

/// A ZIP archive of stored entries without checks (CRC-32 0), whose directory may be falsified before it is written.
struct ZipBuilder {
    struct Record {
        var name: String
        var method: UInt16 = 0
        var size: UInt32
        var packedSize: UInt32
        var checksum: UInt32 = 0
        var offset: UInt32
        var extra: [UInt8] = []
    }

    var bytes: [UInt8] = []
    var records: [Record] = []
    var count: Int?
    var directoryOffset: UInt32?

    mutating func add(_ name: String, _ content: [UInt8]) {
        records.append(
            Record(name: name, size: UInt32(content.count), packedSize: UInt32(content.count), offset: UInt32(bytes.count)))
        let little = PickleBuilder.little(_:) as (UInt32) -> [UInt8]
        bytes +=
            [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 14) + little(UInt32(content.count)) + little(UInt32(content.count))
        bytes += PickleBuilder.little(UInt16(name.utf8.count)) + [0, 0] + Array(name.utf8) + content
    }

    func finish() -> [UInt8] {
        var directory: [UInt8] = []
        for record in records {
            directory += [0x50, 0x4B, 1, 2, 0, 0, 0, 0, 0, 0] + PickleBuilder.little(record.method) + [0, 0, 0, 0]
            directory +=
                PickleBuilder.little(record.checksum) + PickleBuilder.little(record.packedSize)
                + PickleBuilder.little(record.size)
            directory += PickleBuilder.little(UInt16(record.name.utf8.count)) + PickleBuilder.little(UInt16(record.extra.count))
            directory +=
                [UInt8](repeating: 0, count: 10) + PickleBuilder.little(record.offset) + Array(record.name.utf8) + record.extra
        }
        let count = PickleBuilder.little(UInt16(truncatingIfNeeded: self.count ?? records.count))
        return bytes + directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count + PickleBuilder.little(UInt32(directory.count))
            + PickleBuilder.little(directoryOffset ?? UInt32(bytes.count)) + [0, 0]
    }
}
