import Diagnostics
import Foundation
import Network
import Tensors
import Testing

@Suite struct SafetensorsTests {
    private func problem(_ header: String, data: Int = 0, length: UInt64? = nil) throws -> Problem? {
        let bytes =
            PickleBuilder.little(length ?? UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: data)
        return try CheckpointFixtures.problem(reading: bytes)
    }

    @Test func whatIsWrittenIsRead() throws {
        let path = CheckpointFixtures.temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let tensors: [(String, Tensor)] = [
            ("z", Tensor(shape: [2, 3], values: [1, -2, .nan, .infinity, 0.1, -0.0])),
            ("a \"b\\\n\u{1}ü", Tensor(shape: [], values: [7])),
            ("empty", Tensor(shape: [0, 4], values: [])),
        ]
        try Safetensors.write(tensors, metadata: ["b": "2", "a": "\t"], to: path)
        let first = FileManager.default.contents(atPath: path)
        try Safetensors.write(tensors, metadata: ["a": "\t", "b": "2"], to: path)
        #expect(FileManager.default.contents(atPath: path) == first, "the same bytes each time")

        let checkpoint = try Checkpoint.read(path: path)
        #expect(checkpoint.names == tensors.map(\.0))
        #expect(checkpoint.metadata == ["a": "\t", "b": "2"])
        for (name, tensor) in tensors {
            let read = try checkpoint.tensor(name)
            #expect(read.shape == tensor.shape)
            #expect(read.values.map(\.bitPattern) == tensor.values.map(\.bitPattern))
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            $0.contains(URL(fileURLWithPath: path).lastPathComponent)
        }
        #expect(left.count == 1, "no temporary file is left")
    }

    @Test func whatCannotBeWrittenIsRefused() throws {
        let tensor = Tensor(zeros: [1])
        #expect(throws: Problem.self) { try Safetensors.write([("a", tensor)], to: "/nowhere/at/all") }
        #expect(throws: Problem.self) {
            try Safetensors.write([("a", tensor), ("a", tensor)], to: CheckpointFixtures.temporaryPath())
        }
        #expect(throws: Problem.self) {
            try Safetensors.write([("__metadata__", tensor)], to: CheckpointFixtures.temporaryPath())
        }
    }

    @Test func anEmptyFileIsRead() throws {
        #expect(try problem("{}") == nil)
        #expect(try problem("{\"__metadata__\":{}}   ") == nil)
        #expect(try problem(#"{ "a" : { "dtype" : "F32" , "shape" : [ 1 ] , "data_offsets" : [ 0 , 4 ] } } "#, data: 4) == nil)
    }

    @Test(
        arguments: [
            // A header's length, its JSON, and what the data must be.
            (#"{}"#, 0, UInt64(1) << 63, "impossible length"), ("{}", 0, .max, "impossible length"),
            ("{}", 0, 100_000_001, "are left"),
            ("{}", 0, 3, "are left"), ("{}", 0, 1, "lacks a"), ("{}x", 0, nil, "goes on"), ("{", 0, nil, "lacks a"),
            ("{\"a\"}", 0, nil, "lacks a ':'"), ("{\"a\":1}", 0, nil, "lacks a '{'"), ("{\"a\":{}}", 0, nil, "lacks a type"),
            (#"{"__metadata__":{"a":1}}"#, 0, nil, "lacks a '\"'"),
            (#"{"__metadata__":{"a":"\ud800"}}"#, 0, nil, "half a character"),
            (#"{"__metadata__":{"a":"\q"}}"#, 0, nil, "unknown escape"),
            // Tensors.
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3, nil, "need 4 bytes"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, nil, "need 4 bytes"),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, nil, "has 4 bytes"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, nil, "lacks a type"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, nil, "begins at byte 4"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#, 4, nil, "more than 2"),
            (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, nil, "lacks a whole number"),
            (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4, nil, "lacks a ']'"),
            (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}"#, 4, nil, "beyond 64 bits"),
            (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, 4, nil, "impossible shape"),
            (#"{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,4]}}"#, 4, nil, "has 4 bytes"),
            (#"{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,4]}}"#, 4, nil, "of the type F4"),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, 4, nil, "unknown property"),
            (
                #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
                4, nil,
                "not behind its predecessor"
            ),
            (
                #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
                8, nil,
                "names 'a' twice"
            ),
        ] as [(String, Int, UInt64?, String)])
    func falseHeaders(header: String, data: Int, length: UInt64?, words: String) throws {
        let problem = try problem(header, data: data, length: length)
        #expect(problem?.summary.contains(words) == true, "\(String(describing: problem))")
    }

    @Test(arguments: ["[", "{\"a\":", "{\"a\":{\"shape\":["])
    func depth(repeated: String) throws {
        let header = "{\"a\":" + String(repeating: repeated, count: 200_000)
        #expect(try problem(header) != nil)
    }

    @Test func overlapOfEmptyTensorsIsNone() throws {
        let empty = #""shape":[0],"data_offsets":[4,4]"#
        #expect(
            try problem(
                #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32",\#(empty)},"c":{"dtype":"I8",\#(empty)}}"#,
                data: 4) == nil)
    }
}
