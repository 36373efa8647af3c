import Foundation
import Tensors
import TestSupport
import Testing

@testable import Network

/// Names and shapes of all architectures' tensors against those that PyTorch's models save.
struct StateDictionaryTests {
    /// A line of `state_dictionaries.txt`.
    struct Entry {
        let name: String
        /// Learned values.
        let parameters: Int
        /// FNV-1a, 64 bits, over sorted lines of name and extents.
        let hash: String
    }

    static let entries: [Entry] = {
        let file = GoldenFile.folder.appendingPathComponent("state_dictionaries.txt")
        let lines = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n")
        return lines.compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            return words.count == 3 ? Int(words[1]).map { Entry(name: words[0], parameters: $0, hash: words[2]) } : nil
        }
    }()

    @Test func everyArchitectureHasALine() {
        #expect(Self.entries.map(\.name).sorted() == Architectures.all.map(\.name).sorted())
    }

    @Test(arguments: entries.map(\.name))
    func namesAndShapesArePyTorchs(_ name: String) throws {
        let entry = try #require(Self.entries.first { $0.name == name })
        let tensors = try Architectures.named(name).tensorShapes()
        let lines = tensors.map { ([$0.name] + $0.shape.dimensions.map(String.init)).joined(separator: " ") }.sorted()
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in lines.map({ $0 + "\n" }).joined().utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let digits = String(hash, radix: 16)
        let found = String(repeating: "0", count: 16 - digits.count) + digits
        #expect(found == entry.hash, "compare with `make_goldens.py --shapes \(name)`: \(tensors.count) tensors")

        // The network takes them all in, and counts what is learned.
        #expect(try Architectures.named(name).build(Parameters()).parameterCount == entry.parameters)
    }

    @Test(arguments: Architectures.all.map(\.name))
    func isRecognisedAsItselfOnly(_ name: String) throws {
        let architecture = try Architectures.named(name)
        let tensors = try FormulaTensors(architecture: name)
        let fitting = Architectures.all.filter { $0.fits(tensors) }
        #expect(fitting.contains { $0.name == name })
        // Those that fit as well have to be named; one does not.
        #expect(fitting.filter(\.isRecognised).count == 1)
        if architecture.isRecognised { #expect(fitting.first(where: \.isRecognised)?.name == name) }
        // PyTorch keeps a counter with every normalisation: nothing is left over.
        let counters = tensors.names.filter { $0.hasSuffix("running_var") }
            .map { $0.replacing("running_var", with: "num_batches_tracked") }
        #expect(architecture.fits(counters.reduce(tensors) { $0.changing($1, to: []) }))
        // Without its last tensor, or with one more in its midst, it is another network.
        let last = try #require(tensors.names.last), first = try #require(tensors.names.first { $0.contains(".") })
        #expect(!architecture.fits(tensors.changing(last, to: nil)))
        let module = first.prefix { $0 != "." }
        #expect(!architecture.fits(tensors.changing("\(module).unknown.weight", to: [3])))
    }
}
