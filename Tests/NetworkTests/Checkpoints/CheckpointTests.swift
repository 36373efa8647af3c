import Diagnostics
import Foundation
import Network
import Tensors
import Testing

@Suite struct CheckpointTests {
    /// Every readable checkpoint, value by value, as PyTorch and safetensors read it.
    @Test(arguments: CheckpointFixtures.checkpoints.keys.sorted())
    func readsAsPyTorchDoes(name: String) throws {
        let expected = try #require(CheckpointFixtures.checkpoints[name])
        let checkpoint = try Checkpoint.read(path: CheckpointFixtures.path(name))
        #expect(checkpoint.format == expected.format)
        #expect(checkpoint.nesting == expected.nesting)
        #expect(checkpoint.prefix == expected.prefix)
        if expected.format == "safetensors" {
            #expect(checkpoint.names.sorted() == expected.tensors.map(\.name).sorted())
        } else {
            #expect(checkpoint.names == expected.tensors.map(\.name), "in the file's order")
        }
        for tensor in expected.tensors {
            let entry = try #require(checkpoint.entry(tensor.name), "\(tensor.name)")
            #expect(entry.shape.dimensions == tensor.shape, "\(tensor.name)")
            #expect(entry.elementType.rawValue == tensor.type, "\(tensor.name)")
            let values = try checkpoint.tensor(tensor.name)
            #expect(values.shape == entry.shape)
            #expect(values.values.map(\.bitPattern) == tensor.values.map(\.bitPattern), "\(tensor.name)")
        }
    }

    @Test func fixturesAreThere() {
        #expect(CheckpointFixtures.checkpoints.count >= 20)
        #expect(CheckpointFixtures.arrays.count >= 15)
    }

    /// Element i is (7 i mod 23 - 11) / 8, also without the expectations that PyTorch wrote.
    @Test(arguments: ["plain.pt", "plain-legacy.th", "plain.safetensors", "protocol5.pt"])
    func valuesFollowTheirFormula(name: String) throws {
        let tensor = try Checkpoint.read(path: CheckpointFixtures.path(name)).tensor("conv.weight")
        #expect(tensor.shape == [4, 3, 3, 3])
        let expected: [Float] = (0..<108).map { (index: Int) -> Float in Float(index * 7 % 23 - 11) / 8 }
        #expect(tensor.values == expected)
    }

    @Test func formatIsToldByContent() throws {
        let bytes = try CheckpointFixtures.bytes("types.safetensors")
        #expect(try CheckpointFixtures.withFile(bytes) { try Checkpoint.read(path: $0).format } == "safetensors")
    }

    @Test func metadataIsKept() throws {
        let checkpoint = try Checkpoint.read(path: CheckpointFixtures.path("types.safetensors"))
        #expect(checkpoint.metadata == ["format": "pt", "note": "a \"quote\" and an ümlaut"])
    }

    @Test func nonFiniteTensorsAreNamed() throws {
        let checkpoint = try Checkpoint.read(path: CheckpointFixtures.path("not-finite.pt"))
        #expect(try checkpoint.nonFiniteTensors() == ["nan", "infinite", "wide"])
        #expect(try checkpoint.tensor("nan").hasNonFinite)
        #expect(try !checkpoint.tensor("fine").hasNonFinite)
    }

    @Test func unknownTensorIsAnsweredWithNearNames() throws {
        let checkpoint = try Checkpoint.read(path: CheckpointFixtures.path("plain.pt"))
        #expect(checkpoint.entry("conv.wait") == nil)
        let problem = #expect(throws: Problem.self) { try checkpoint.tensor("conv.wieght") }
        #expect(problem?.summary.contains("'conv.wieght'") == true)
        #expect(problem?.explanation?.contains("'conv.weight'") == true)
    }

    /// Types that nothing here computes with do not keep the other tensors from being read.
    @Test(arguments: ["unreadable-types.pt", "float8.safetensors"])
    func unreadableTypesAreRefusedByName(name: String) throws {
        let checkpoint = try Checkpoint.read(path: CheckpointFixtures.path(name))
        #expect(checkpoint.entry("f8")?.elementType == .float8e4m3)
        let problem = #expect(throws: Problem.self) { try checkpoint.tensor("f8") }
        #expect(problem?.summary.contains("'f8'") == true)
        #expect(problem?.summary.contains("float8_e4m3fn") == true)
        if name.hasSuffix(".pt") { #expect(try checkpoint.tensor("w").values == [-1.375, -0.5, 0.375]) }
    }

    /// Whole modules, without the code of their classes.
    @Test(arguments: [("module.pt", []), ("module-legacy.th", []), ("module-inside.pt", ["model"])])
    func wholeModulesAreReadAsData(name: String, nesting: [String]) throws {
        let checkpoint = try Checkpoint.read(path: CheckpointFixtures.path(name))
        #expect(checkpoint.moduleClass == "__main__.Net" && checkpoint.nesting == nesting)
        #expect(
            checkpoint.names == [
                "conv.weight", "conv.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "bn.num_batches_tracked",
            ])
        #expect(try checkpoint.tensor("conv.weight").shape == [2, 1, 3, 3])
        #expect(try checkpoint.tensor("bn.num_batches_tracked").values == [1])
    }

    /// What is not a state dictionary is told apart, and the message says what it is.
    @Test(arguments: [
        ("torchscript.pt", "TorchScript"),
        ("list.pt", "a list"), ("tensor.pt", "a single tensor"), ("no-tensors.pt", "no tensors"),
        ("ambiguous.pt", "not clear which"),
        ("refused-archive.npz", "without a data.pkl"), ("array-f4.npy", "single NumPy array"),
        ("refused-compressed.pt", "compressed (method 8)"), ("refused-climbing.pt", "suspicious name"),
        ("refused-big-endian.pt", "not little-endian"), ("big-endian-legacy.th", "not little-endian"),
        ("view-outside-legacy.th", "view outside the storage"),
    ])
    func otherThingsAreRefused(name: String, words: String) throws {
        let problem = #expect(throws: Problem.self) { try Checkpoint.read(path: CheckpointFixtures.path(name)) }
        #expect(problem?.summary.contains(words) == true, "\(String(describing: problem))")
        #expect(problem?.summary.contains(name) == true)
        #expect(problem?.remedy != nil)
    }

    @Test(arguments: [
        ("", "is empty"), ("version https://git-lfs.github.com/spec/v1\n", "Git LFS"), ("\n<!DOCTYPE html>", "web page"),
        ("\u{1F}\u{8B}", "unknown"), ("hello", "unknown"), (String(repeating: "x", count: 257) + "ustar\u{0}00", "tar archive"),
    ])
    func otherFormatsAreNamed(content: String, words: String) throws {
        let problem = try #require(try CheckpointFixtures.problem(reading: Array(content.utf8)))
        #expect(problem.summary.contains(words), "\(problem)")
    }

    @Test func filesThatAreNotFilesAreRefused() {
        #expect(throws: Problem.self) { try Checkpoint.read(path: CheckpointFixtures.folder) }
        #expect(throws: Problem.self) { try Checkpoint.read(path: CheckpointFixtures.path("missing.pt")) }
        #expect(throws: Problem.self) { try Checkpoint.read(path: "/dev/zero") }
    }
}
