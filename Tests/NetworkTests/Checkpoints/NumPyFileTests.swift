import Diagnostics
import Foundation
import Network
import Tensors
import Testing

@Suite struct NumPyFileTests {
    @Test(arguments: CheckpointFixtures.arrays.keys.sorted())
    func readsAsNumPyDoes(name: String) throws {
        let expected = try #require(CheckpointFixtures.arrays[name])
        let tensor = try NumPyFile.read(path: CheckpointFixtures.path(name))
        #expect(tensor.shape.dimensions == expected.shape)
        #expect(tensor.values == expected.values)
    }

    /// The same bytes that numpy.save writes.
    @Test(arguments: ["array-f4.npy", "array-scalar.npy", "array-empty.npy"])
    func writesAsNumPyDoes(name: String) throws {
        let path = CheckpointFixtures.temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try NumPyFile.write(try NumPyFile.read(path: CheckpointFixtures.path(name)), to: path)
        #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == CheckpointFixtures.bytes(name))
    }

    @Test(arguments: [
        ("refused-big-endian.npy", "not little-endian"), ("refused-structured.npy", "structured"), ("refused-object.npy", "'|O'"),
        ("plain.pt", "not a NumPy array"),
    ])
    func otherArraysAreRefused(name: String, words: String) throws {
        let problem = #expect(throws: Problem.self) { try NumPyFile.read(path: CheckpointFixtures.path(name)) }
        #expect(problem?.summary.contains(words) == true, "\(String(describing: problem))")
    }

    @Test(
        arguments: [
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8, nil),
            ("{'shape':(2L,),'fortran_order':True,'descr':\"<f4\"}", 8, nil),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 7, "has 7 bytes"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 9, "has 9 bytes"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", 8, "impossible shape"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 8, "impossible shape"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 8, "impossible shape"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807, 2), }", 0, "impossible shape"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,), }", 8, "has 8 bytes"),
            ("{'descr': '<f4', 'fortran_order': maybe, 'shape': (2,), }", 8, "True or False"),
            ("{'descr': '<f4', 'shape': (2,), }", 8, "incomplete"),
            ("{'descr': '<f4', 'descr': '<f4', 'shape': (2,), }", 8, "repeated"),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } x", 8, "goes on"),
            ("((((((((((((((((((((", 8, "lacks a '{'"),
            ("{'descr': '<f3', 'fortran_order': False, 'shape': (2,), }", 8, "'<f3'"),
            ("{'descr': '', 'fortran_order': False, 'shape': (2,), }", 8, "''"),
            ("{'descr", 8, "unfinished"), ("", 8, "lacks a '{'"),
        ] as [(String, Int, String?)])
    func headers(header: String, data: Int, words: String?) throws {
        let bytes =
            [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0] + PickleBuilder.little(UInt16(header.utf8.count)) + Array(header.utf8)
            + [UInt8](repeating: 0, count: data)
        let problem = try CheckpointFixtures.problem(reading: bytes)
        if let words {
            #expect(problem?.summary.contains(words) == true, "\(String(describing: problem))")
        } else {
            #expect(problem == nil)
        }
    }
}
