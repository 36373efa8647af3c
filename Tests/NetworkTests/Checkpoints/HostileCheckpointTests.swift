import Diagnostics
import Foundation
import Network
import Tensors
import Testing

/// Files that lie. Each must be read or refused with a `Problem`, soon and without much memory; none may trap.
@Suite struct HostileCheckpointTests {
    typealias Builder = PickleBuilder

    private func expectProblem(_ bytes: [UInt8], _ words: String, _ location: SourceLocation = #_sourceLocation) throws {
        let start = Self.processorSeconds
        let problem = try CheckpointFixtures.problem(reading: bytes)
        #expect(problem?.summary.contains(words) == true, "\(String(describing: problem))", sourceLocation: location)
        #expect(Self.processorSeconds - start < 20, sourceLocation: location)
    }

    // MARK: Damage

    /// Each file cut short, at every length for the small ones.
    @Test(arguments: CheckpointFixtures.names)
    func truncation(name: String) throws {
        let bytes = try CheckpointFixtures.bytes(name)
        let step = max(1, bytes.count / 500)
        for length in stride(from: 0, to: bytes.count, by: step) {
            #expect(
                try CheckpointFixtures.problem(reading: Array(bytes.prefix(length))) != nil, "\(length) of \(bytes.count) bytes")
        }
    }

    /// Seeded damage of many kinds to every file. `VITRINE_FUZZ_ROUNDS` asks for more of it.
    @Test(arguments: CheckpointFixtures.names)
    func mutation(name: String) throws {
        let original = try CheckpointFixtures.bytes(name)
        let rounds = ProcessInfo.processInfo.environment["VITRINE_FUZZ_ROUNDS"].flatMap(Int.init) ?? 150
        var random = RandomSource(seed: 20, stream: name)
        for round in 0..<rounds {
            var bytes = original
            for _ in 0..<random.integer(in: 1...3) { bytes.damage(&random) }
            let start = Self.processorSeconds
            _ = try CheckpointFixtures.problem(reading: bytes)
            #expect(Self.processorSeconds - start < 10, "round \(round)")
        }
    }

    /// What this thread has had of a processor: a busy machine does not count against a file.
    private static var processorSeconds: Double {
        var time = timespec()
        guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return .nan }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test func damagedDataIsNoticed() throws {
        let bytes = try CheckpointFixtures.bytes("plain.pt")
        // Where conv.weight's data stands: its first four values.
        let values: [Float] = [-11, -4, 3, 10].map { $0 / 8 }
        let pattern = values.withUnsafeBytes { Array($0) }
        let place = try #require(bytes.indices.dropLast(16).first { Array(bytes[$0..<$0 + 16]) == pattern })
        var damaged = bytes
        damaged[place + 100] ^= 1
        try CheckpointFixtures.withFile(damaged) { path in
            let checkpoint = try Checkpoint.read(path: path)
            let problem = #expect(throws: Problem.self) { try checkpoint.tensor("conv.weight") }
            #expect(problem?.summary.contains("'conv.weight'") == true)
            #expect(throws: Problem.self, "and again") { try checkpoint.tensor("conv.weight") }
            #expect(throws: Never.self, "the other tensors are sound") { try checkpoint.tensor("conv.bias") }
        }
    }

    // MARK: Tensors

    @Test func anHonestArchiveByHandIsRead() throws {
        let bytes = Builder.archive(Builder.tensor(count: 6, shape: [2, 3], strides: [3, 1]), storageBytes: 24)
        #expect(try CheckpointFixtures.problem(reading: bytes) == nil)
    }

    @Test func impossibleTensors() throws {
        func bytes(
            count: Int = 4, offset: Int = 0, _ shape: [Int], _ strides: [Int], storage: Int = 16, type: String = "FloatStorage"
        ) -> [UInt8] {
            Builder.archive(
                Builder.tensor(type: type, count: count, offset: offset, shape: shape, strides: strides), storageBytes: storage)
        }
        try expectProblem(bytes([-1], [1]), "negative extent")
        try expectProblem(bytes([2], [-1]), "negative offset or stride")
        try expectProblem(bytes(offset: -1, [2], [1]), "negative offset or stride")
        try expectProblem(bytes(offset: 3, [2], [1]), "needs 5 elements")
        try expectProblem(bytes([5], [1]), "needs 5 elements")
        try expectProblem(bytes([2, 2], [3, 1]), "needs 5 elements")
        try expectProblem(bytes([2], [.max]), "needs")
        try expectProblem(bytes([3], [.max]), "reaches past")
        try expectProblem(bytes(offset: .max, [2], [1]), "reaches past")
        try expectProblem(bytes([1 << 32, 1 << 32], [0, 0]), "impossible shape")
        try expectProblem(bytes([0, 1 << 62, 1 << 62], [0, 0, 0]), "impossible shape")
        try expectProblem(bytes([1 << 40], [0]), "expanded from only 4")
        try expectProblem(bytes([1 << 20, 1 << 20], [0, 0]), "expanded from only 4")
        try expectProblem(bytes([2, 2], [1]), "axes")
        try expectProblem(bytes([Int](repeating: 1, count: 65), [Int](repeating: 1, count: 65)), "unknown way")
        try expectProblem(bytes([4], [1], storage: 12), "12 bytes where 4 elements")
        try expectProblem(bytes([4], [1], storage: 20), "20 bytes where 4 elements")
        try expectProblem(bytes(count: .max, [4], [1]), "are announced")
        try expectProblem(bytes(count: -1, [4], [1]), "not a storage")
        try expectProblem(bytes([4], [1], type: "QInt8Storage"), "`torch.QInt8Storage`")
        try expectProblem(
            Builder.archive(Builder.dictionary([("w", Builder.tensor(count: 1, shape: [], strides: []))])),
            "lacks 'archive/data/0'")
        #expect(try CheckpointFixtures.problem(reading: bytes([0, .max], [.max, .max])) == nil, "empty, whatever its strides")
        #expect(
            try CheckpointFixtures.problem(reading: bytes([1, 4], [.max, 1])) == nil, "the stride of a single row is never used")
        #expect(try CheckpointFixtures.problem(reading: bytes([1000, 1000], [0, 0])) == nil, "a modest expansion")
    }

    @Test func oneStorageDescribedInTwoWays() throws {
        let items = [
            ("a", Builder.tensor(count: 4, shape: [4], strides: [1])), ("b", Builder.tensor(count: 5, shape: [4], strides: [1])),
        ]
        try expectProblem(
            Builder.archive(Builder.dictionary(items), storages: [("0", [UInt8](repeating: 0, count: 16))]), "in two ways")
    }

    // MARK: Pickles

    /// `{..., 'model': itself}`: followed a few steps at most.
    @Test func selfReference() throws {
        let tensor = Builder.tensor(count: 1, shape: [], strides: [])
        let cyclic: [UInt8] =
            [0x80, 2, 0x7D, 0x71, 0, 0x28] + Builder.text("w") + tensor + Builder.text("model") + [0x68, 0, 0x75, 0x2E]
        let bytes = Builder.archive(cyclic, storages: [("0", [0, 0, 0, 0])])
        let nesting = try CheckpointFixtures.withFile(bytes) { try Checkpoint.read(path: $0).nesting }
        #expect(nesting == ["model", "model", "model"])
        let empty: [UInt8] = [0x80, 2, 0x7D, 0x71, 0] + Builder.text("model") + [0x68, 0, 0x73, 0x2E]
        try expectProblem(Builder.archive(empty), "no tensors")
        let list: [UInt8] = [0x80, 2, 0x5D, 0x71, 0, 0x68, 0, 0x61, 0x2E]
        try expectProblem(Builder.archive(list), "a list")
    }

    @Test func depth() throws {
        let million = 1_000_000
        let tuples: [UInt8] = [0x80, 2, 0x29] + [UInt8](repeating: 0x85, count: million) + [0x2E]
        try expectProblem(Builder.archive(tuples), "a list")
        let lists: [UInt8] =
            [0x80, 2] + [UInt8](repeating: 0x5D, count: million) + [UInt8](repeating: 0x61, count: million - 1) + [0x2E]
        try expectProblem(Builder.archive(lists), "a list")
        let marks: [UInt8] = [0x80, 2] + [UInt8](repeating: 0x28, count: 3 * million) + [0x2E]
        try expectProblem(Builder.archive(marks), "more objects")
        let dictionaries: [UInt8] = [0x80, 2] + [UInt8](repeating: 0x7D, count: 3 * million) + [0x2E]
        try expectProblem(Builder.archive(dictionaries), "more objects")
    }

    /// Large objects referred to again and again must not be gone through each time.
    @Test func amplification() throws {
        func times(_ count: Int, _ bytes: [UInt8]) -> [UInt8] { (0..<count).flatMap { _ in bytes } }
        let (get, put, pop): (UInt8, UInt8, UInt8) = (0x68, 0x71, 0x30)
        // A list of 100,000 pairs, made into a dictionary 100,000 times.
        let pair: [UInt8] = [0x4E, 0x4E, 0x86, put, 0, pop]
        let list: [UInt8] = [0x5D, 0x28] + times(100_000, [get, 0]) + [0x65, 0x85, put, 1, pop]
        let calls: [UInt8] =
            Builder.global("collections", "OrderedDict") + [put, 2, pop] + times(100_000, [get, 2, get, 1, 0x52, pop])
        let pickle: [UInt8] = [0x80, 2] + pair + list + calls + [0x4E, 0x2E]
        try expectProblem(Builder.archive(pickle), "more often")
        // 100,000 entries 'model', all the same dictionary of 100,000 entries 'model'.
        let key: [UInt8] = Builder.text("model") + [put, 0, pop]
        let entries = times(100_000, [get, 0, get, 1])
        let nested: [UInt8] = [0x7D, put, 1, 0x28] + entries + [0x75, pop, 0x7D, 0x28] + entries + [0x75, 0x2E]
        try expectProblem(Builder.archive([0x80, 2] + key + nested), "no tensors")
        // One long key, used again and again.
        let long: [UInt8] = Builder.text(String(repeating: "x", count: 1_000_000)) + [put, 0, pop, 0x7D, 0x28]
        let reused: [UInt8] = [0x80, 2] + long + times(100_000, [get, 0, 0x4E]) + [0x75, 0x2E]
        try expectProblem(Builder.archive(reused), "has a key of")
    }

    @Test func nonsense() throws {
        try expectProblem(Builder.archive([]), "ends early")
        try expectProblem(Builder.archive([0x80, 9, 0x2E]), "protocol 9")
        try expectProblem(Builder.archive([0x80, 2, 0x2E]), "not there")
        try expectProblem(Builder.archive([0x80, 2, 0x69, 0x2E]), "operation 0x69")
        try expectProblem(Builder.archive([0x80, 2, 0x74, 0x2E]), "not begun")
        try expectProblem(Builder.archive([0x80, 2, 0x7D, 0x4E, 0x28, 0x30, 0x30, 0x30, 0x30, 0x2E]), "not there")
        try expectProblem(Builder.archive([0x80, 2, 0x68, 7, 0x2E]), "recalls value 7")
        try expectProblem(Builder.archive([0x80, 2, 0x7D, 0x28, 0x4E, 0x75, 0x2E]), "key without a value")
        try expectProblem(Builder.archive([0x80, 2, 0x8D] + Builder.little(UInt64.max) + [0x2E]), "impossible length")
        try expectProblem(Builder.archive([0x80, 2, 0x8D] + Builder.little(UInt64(1) << 62) + [0x2E]), "ends early")
        try expectProblem(Builder.archive([0x80, 2, 0x8B] + Builder.little(Int32(-1)) + [0x2E]), "impossible length")
        try expectProblem(Builder.archive([0x80, 2, 0x58, 1, 0, 0, 0, 0xFF, 0x2E]), "not UTF-8")
        try expectProblem(Builder.archive([0x80, 2, 0x95] + Builder.little(UInt64(1000)) + [0x2E]), "within a frame")
        try expectProblem(Builder.archive([0x80, 2, 0x63] + [UInt8](repeating: 0x78, count: 5000)), "unfinished line")
    }

    // MARK: Archives

    private func honest() -> ZipBuilder {
        var zip = ZipBuilder()
        zip.add("archive/data.pkl", Builder.dictionary([("w", Builder.tensor(count: 4, shape: [4], strides: [1]))]))
        zip.add("archive/data/0", [UInt8](repeating: 0, count: 16))
        return zip
    }

    private func expectArchiveProblem(
        _ words: String, _ location: SourceLocation = #_sourceLocation, _ change: (inout ZipBuilder) -> Void
    ) throws {
        var zip = honest()
        change(&zip)
        try expectProblem(zip.finish(), words, location)
    }

    @Test func archiveDirectories() throws {
        #expect(try CheckpointFixtures.problem(reading: honest().finish()) == nil)
        try expectArchiveProblem("overlap") {
            $0.add("archive/z", [])
            $0.records[1].size = 20
            $0.records[1].packedSize = 20
            $0.records.swapAt(1, 2)
        }
        try expectArchiveProblem("overlap") {
            $0.records[0].size += 20
            $0.records[0].packedSize += 20
        }
        try expectArchiveProblem("two entries named") { $0.records.append($0.records[1]) }
        try expectArchiveProblem("ends early") {
            $0.records[1].size = 1 << 30
            $0.records[1].packedSize = 1 << 30
        }
        try expectArchiveProblem("outside the file") { $0.records[1].offset = 1 << 30 }
        try expectArchiveProblem("has no header") { $0.records[1].offset += 1 }
        try expectArchiveProblem("two sizes") { $0.records[1].size = 15 }
        try expectArchiveProblem("compressed (method 8)") {
            $0.records[1].method = 8
            $0.records[1].size = .max - 1
        }
        try expectArchiveProblem("another name") { $0.records[1].name = "archive/data/1" }
        try expectArchiveProblem("suspicious name") { $0.add("archive/../../etc/passwd", []) }
        try expectArchiveProblem("suspicious name") { $0.add("/etc/passwd", []) }
        try expectArchiveProblem("suspicious name") { $0.add("", []) }
        try expectArchiveProblem("cannot hold") { $0.count = 60_000 }
        try expectArchiveProblem("longer than its 1 entries") { $0.count = 1 }
        try expectArchiveProblem("outside the file") { $0.directoryOffset = .max }
        try expectArchiveProblem("do not match their CRC-32") { $0.records[0].checksum = 1 }
        try expectArchiveProblem("do not match their CRC-32") { $0.records[1].checksum = 1 }
        try expectArchiveProblem("without a data.pkl") { $0.add("other/data.pkl", []) }
        // ZIP64 sizes: 2^63 and a field that is too short.
        try expectArchiveProblem("impossible length") {
            $0.records[1].size = .max
            $0.records[1].extra = [1, 0, 8, 0] + Builder.little(UInt64(1) << 63)
        }
        try expectArchiveProblem("ends early") {
            $0.records[1].size = .max
            $0.records[1].extra = [1, 0, 4, 0, 0, 0, 0, 0]
        }
    }

    /// ZIP64 as PyTorch writes it for entries of 4 GiB and more, here around small ones.
    @Test func zip64FieldsAreRead() throws {
        var zip = honest()
        let fields = [16, 16, UInt64(zip.records[1].offset)].flatMap { Builder.little($0) }
        zip.records[1].extra = [0xFF, 0xFF, 2, 0, 9, 9, 1, 0, 24, 0] + fields
        zip.records[1].size = .max
        zip.records[1].packedSize = .max
        zip.records[1].offset = .max
        #expect(try CheckpointFixtures.problem(reading: zip.finish()) == nil)
    }
}
