import Diagnostics

/// The entries of a ZIP archive, which PyTorch stores without compression.
///
/// Read by the central directory, with ZIP64 where the archive has it (PKWARE, APPNOTE.TXT 6.3.10). Encrypted entries,
/// entries that overlap or leave the file, and names that climb out of a folder are refused; compressed entries are
/// listed and never unpacked.
struct ZipArchive {
    struct Entry {
        let name: String
        /// Where the entry's data stands in the file.
        let range: Range<Int>
        /// The recorded CRC-32; nil where the writer left it out, as `torch.serialization.set_crc32_options(False)` asks:
        /// it then writes 0.
        let checksum: UInt32?
        /// 0 for data that is stored as it is.
        let method: UInt16
    }

    let file: MappedFile
    /// In the order of the central directory.
    let entries: [Entry]
    private let indices: [String: Int]

    private static let entryLimit = 1_000_000
    private static let repackRemedy =
        "PyTorch reads stored entries only. Save it again with torch.save, or unpack it and pack it with 'zip -0 -r'."

    func entry(_ name: String) -> Entry? { indices[name].map { entries[$0] } }

    /// - Throws: `Problem` for an archive that is damaged or not of the kind described above.
    init(_ file: MappedFile) throws {
        self.file = file
        let directory = try Self.locateDirectory(file)
        var reader = ByteReader(file, range: directory.range, subject: "the archive's directory")
        var entries: [Entry] = []
        var extents: [(range: Range<Int>, name: String)] = []
        var indices: [String: Int] = [:]
        entries.reserveCapacity(directory.count)
        for index in 0..<directory.count {
            let (entry, extent) = try Self.readEntry(&reader, file, dataEnd: directory.range.lowerBound)
            guard indices.updateValue(index, forKey: entry.name) == nil else {
                throw file.damaged("the archive holds two entries named '\(entry.name)'")
            }
            entries.append(entry)
            extents.append((extent, entry.name))
        }
        guard reader.remaining == 0 else {
            throw file.damaged("the archive's directory is \(reader.remaining) bytes longer than its \(directory.count) entries")
        }
        extents.sort { $0.range.lowerBound < $1.range.lowerBound }
        for (one, next) in zip(extents, extents.dropFirst()) where one.range.upperBound > next.range.lowerBound {
            throw file.damaged("the archive's entries '\(one.name)' and '\(next.name)' overlap")
        }
        self.entries = entries
        self.indices = indices
    }

    /// Where the central directory stands and how many entries it lists.
    private static func locateDirectory(_ file: MappedFile) throws -> (range: Range<Int>, count: Int) {
        // The end record is 22 bytes and a comment of at most 65,535 that reaches the end of the file.
        let tail = max(0, file.count - 22 - 65_535)..<file.count
        let found = file.withBytes(in: tail) { bytes -> Int? in
            guard bytes.count >= 22 else { return nil }
            for start in stride(from: bytes.count - 22, through: 0, by: -1)
            where bytes[start] == 0x50 && bytes[start + 1] == 0x4B && bytes[start + 2] == 5 && bytes[start + 3] == 6 {
                let comment = Int(bytes[start + 20]) | Int(bytes[start + 21]) << 8
                if start + 22 + comment == bytes.count { return start }
            }
            return nil
        }
        guard let found else {
            throw file.damaged(
                "the archive has no directory at its end",
                explanation: "A .pt or .pth file is a ZIP archive with its directory last; a download cut short loses it.")
        }
        let end = tail.lowerBound + found
        var reader = ByteReader(file, range: end + 4..<file.count, subject: "the archive's end record")
        let disks = (try reader.integer(UInt16.self), try reader.integer(UInt16.self))
        var counts = (Int(try reader.integer(UInt16.self)), Int(try reader.integer(UInt16.self)))
        var size = Int(try reader.integer(UInt32.self))
        var offset = Int(try reader.integer(UInt32.self))
        guard disks == (0, 0) else { throw file.damaged("the archive is one of several parts") }
        var limit = end

        if end >= 20 {
            var locator = ByteReader(file, range: end - 20..<end, subject: "the archive's ZIP64 locator")
            if try locator.integer(UInt32.self) == 0x0706_4B50 {
                _ = try locator.take(4)
                let start = try locator.length(UInt64.self)
                guard start <= end - 20 - 56, start >= 0 else {
                    throw file.damaged("the archive's ZIP64 record lies outside the file")
                }
                var record = ByteReader(file, range: start..<end - 20, subject: "the archive's ZIP64 record")
                guard try record.integer(UInt32.self) == 0x0606_4B50 else {
                    throw file.damaged("the archive's ZIP64 record is missing")
                }
                _ = try record.take(8 + 2 + 2 + 4 + 4)
                counts = (try record.length(UInt64.self), try record.length(UInt64.self))
                size = try record.length(UInt64.self)
                offset = try record.length(UInt64.self)
                limit = start
            }
        }
        let (directoryEnd, overflow) = offset.addingReportingOverflow(size)
        guard !overflow, directoryEnd <= limit else { throw file.damaged("the archive's directory lies outside the file") }
        guard counts.0 == counts.1, counts.0 <= entryLimit, counts.0 <= size / 46 else {
            throw file.damaged("the archive's directory of \(size) bytes cannot hold \(counts.1) entries")
        }
        return (offset..<directoryEnd, counts.0)
    }

    private static func readEntry(
        _ reader: inout ByteReader, _ file: MappedFile, dataEnd: Int
    ) throws -> (entry: Entry, extent: Range<Int>) {
        guard try reader.integer(UInt32.self) == 0x0201_4B50 else {
            throw reader.damaged("is damaged at byte \(reader.position - 4)")
        }
        _ = try reader.take(4)
        let flags = try reader.integer(UInt16.self)
        let method = try reader.integer(UInt16.self)
        _ = try reader.take(4)
        let checksum = try reader.integer(UInt32.self)
        var packedSize = Int(try reader.integer(UInt32.self))
        var size = Int(try reader.integer(UInt32.self))
        let nameLength = Int(try reader.integer(UInt16.self))
        let extraLength = Int(try reader.integer(UInt16.self))
        let commentLength = Int(try reader.integer(UInt16.self))
        _ = try reader.take(2 + 2 + 4)
        var header = Int(try reader.integer(UInt32.self))
        let nameRange = try reader.take(nameLength)
        var nameReader = ByteReader(file, range: nameRange, subject: "the archive's directory")
        let name = try nameReader.text(nameLength)
        let extra = try reader.take(extraLength)
        _ = try reader.take(commentLength)
        try checkName(name, file)

        // ZIP64: those of the three values that do not fit 32 bits follow, in this order, in the extra field 1.
        if size == 0xFFFF_FFFF || packedSize == 0xFFFF_FFFF || header == 0xFFFF_FFFF {
            var fields = ByteReader(file, range: extra, subject: "the archive's entry '\(name)'")
            while fields.remaining >= 4 {
                let tag = try fields.integer(UInt16.self)
                let content = try fields.take(Int(try fields.integer(UInt16.self)))
                guard tag == 1 else { continue }
                var wide = ByteReader(file, range: content, subject: "the archive's entry '\(name)'")
                if size == 0xFFFF_FFFF { size = try wide.length(UInt64.self) }
                if packedSize == 0xFFFF_FFFF { packedSize = try wide.length(UInt64.self) }
                if header == 0xFFFF_FFFF { header = try wide.length(UInt64.self) }
                break
            }
        }
        guard flags & 1 == 0 else { throw file.damaged("the archive's entry '\(name)' is encrypted", remedy: repackRemedy) }
        guard method != 0 || size == packedSize else {
            throw file.damaged("the archive states two sizes for its entry '\(name)'")
        }

        // The local header repeats the name and has an extra field of its own (PyTorch pads there to align the data).
        guard header <= dataEnd - 30 else { throw file.damaged("the archive's entry '\(name)' lies outside the file") }
        var local = ByteReader(file, range: header..<dataEnd, subject: "the archive's entry '\(name)'")
        guard try local.integer(UInt32.self) == 0x0403_4B50 else { throw local.damaged("has no header at byte \(header)") }
        _ = try local.take(22)
        let localNameLength = Int(try local.integer(UInt16.self))
        let localExtraLength = Int(try local.integer(UInt16.self))
        guard localNameLength == nameLength, try local.text(nameLength) == name else {
            throw local.damaged("has another name in its own header")
        }
        _ = try local.take(localExtraLength)
        let range = try local.take(packedSize)
        // Also an empty entry may truly have the check 0.
        return (
            Entry(name: name, range: range, checksum: checksum == 0 ? nil : checksum, method: method), header..<range.upperBound
        )
    }

    private static func checkName(_ name: String, _ file: MappedFile) throws {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, !name.hasPrefix("/"), !parts.contains(".."), !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x5C })
        else {
            throw file.damaged("the archive holds an entry with the suspicious name \(name.debugDescription)")
        }
    }

    /// - Throws: `Problem` naming the first compressed entry, if there is one.
    func requireStoredEntries() throws {
        guard let entry = entries.first(where: { $0.method != 0 }) else { return }
        throw file.damaged(
            "the archive's entry '\(entry.name)' is compressed (method \(entry.method))", remedy: Self.repackRemedy)
    }

    /// Checks an entry's bytes against its recorded CRC-32.
    /// - Throws: `Problem` if they differ.
    func verify(_ entry: Entry) throws {
        guard let expected = entry.checksum else { return }
        let actual = file.withBytes(in: entry.range) { CyclicRedundancyCheck.checksum(of: $0) }
        guard actual == expected else {
            throw file.damaged("the archive's entry '\(entry.name)' is damaged: its bytes do not match their CRC-32")
        }
    }
}
