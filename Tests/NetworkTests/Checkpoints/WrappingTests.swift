import Diagnostics
import Foundation
import Tensors
import Testing

@testable import Network

/// Weights that are wrapped in some way, value by value as PyTorch computes them.
@Suite struct WrappingTests {
    @Test(arguments: CheckpointFixtures.wrappings.keys.sorted())
    func readsAsPyTorchDoes(name: String) throws {
        let expected = try #require(CheckpointFixtures.wrappings[name])
        let checkpoint = try Checkpoint.read(path: CheckpointFixtures.path(name))
        #expect(checkpoint.format == expected.format)
        #expect(checkpoint.nesting == expected.nesting && checkpoint.prefix == expected.prefix)
        #expect(checkpoint.moduleClass == expected.module)
        #expect(checkpoint.names.sorted() == expected.tensors.map(\.name).sorted())
        let computed = Set(expected.computed ?? [])
        #expect(checkpoint.formulas.reduce(0) { $0 + $1.count } == computed.count)
        for tensor in expected.tensors {
            let found = try checkpoint.tensor(tensor.name)
            #expect(checkpoint.shape(of: tensor.name)?.dimensions == tensor.shape && found.shape.dimensions == tensor.shape)
            guard computed.contains(tensor.name) else {
                #expect(checkpoint.entry(tensor.name)?.elementType.rawValue == tensor.type, "\(tensor.name)")
                #expect(found.values == tensor.values, "\(tensor.name)")
                continue
            }
            #expect(checkpoint.entry(tensor.name) == nil)
            // PyTorch adds in float32.
            for (value, wanted) in zip(found.values, tensor.values) { #expect(abs(value - wanted) <= 2e-6 * max(1, abs(wanted)), "\(tensor.name)") }
        }
    }

    @Test func wrappingsAreThere() { #expect(CheckpointFixtures.wrappings.count >= 15) }

    /// What a weight was computed from can be shown.
    @Test(arguments: [
        ("pruned.pt", "weight_orig x weight_mask (pruning)"), ("weight-norm-hook.pt", "weight_g x weight_v / its norm"),
        ("weight-norm.pt", "parametrizations.weight.original0 x parametrizations.weight.original1"),
        ("spectral-norm-hook.pt", "by weight_u and weight_v"), ("spectral-norm.pt", "by parametrizations.weight.0._u"),
    ])
    func formulasSayWhatTheyAre(name: String, words: String) throws {
        let formulas = try Checkpoint.read(path: CheckpointFixtures.path(name)).formulas
        #expect(formulas.contains { $0.formula.contains(words) && $0.count == 2 }, "\(formulas)")
    }

    /// Parts that do not belong together, or not all of them, stay what they are.
    @Test func partsAloneStayAsTheyAre() throws {
        let path = CheckpointFixtures.temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let tensors = [
            ("a.weight_orig", Tensor(zeros: [2, 3])), ("a.weight_mask", Tensor(zeros: [3, 2])), ("b.weight_g", Tensor(zeros: [2, 2])),
            ("b.weight_v", Tensor(zeros: [2, 2])), ("c.parametrizations.weight.original", Tensor(zeros: [2])),
            ("d.weight", Tensor(zeros: [1])), ("d.weight_orig", Tensor(zeros: [1])), ("d.weight_mask", Tensor(zeros: [1])),
            ("parametrizations", Tensor(zeros: [1])), ("e.parametrizations.", Tensor(zeros: [1])),
        ]
        try Safetensors.write(tensors, metadata: [:], to: path)
        let checkpoint = try Checkpoint.read(path: path)
        #expect(checkpoint.names.sorted() == tensors.map(\.0).sorted() && checkpoint.formulas.isEmpty)
    }

    // MARK: Several dictionaries

    @Test func aPrefixChoosesAmongDictionaries() throws {
        let path = CheckpointFixtures.path("pair.pt")
        let problem = #expect(throws: Problem.self) { try Checkpoint.read(path: path) }
        #expect(problem?.summary.contains("not clear which") == true)
        #expect(problem?.explanation?.contains("'student', 'teacher'") == true && problem?.remedy?.contains("--prefix student") == true)
        for prefix in ["student", "student.", "student.module"] {
            let checkpoint = try Checkpoint.read(path: path, prefix: prefix)
            #expect(checkpoint.names == ["a", "b"] && checkpoint.prefix == "student.module.", "\(prefix)")
            #expect(checkpoint.outside == ["teacher.a", "teacher.b", "loss.center"])
        }
        #expect(try Checkpoint.read(path: path, prefix: "teacher").names == ["a", "b"])
        let wrong = #expect(throws: Problem.self) { try Checkpoint.read(path: path, prefix: "pupil") }
        #expect(wrong?.kind == .usage && wrong?.summary.contains("below pupil") == true, "\(String(describing: wrong))")
    }

    /// A running mean beside the weights: the weights are read, and the other is named.
    @Test func whatIsPassedOverIsNamed() throws {
        let checkpoint = try Checkpoint.read(path: CheckpointFixtures.path("ema.pt"))
        #expect(checkpoint.nesting == ["model"])
        #expect(checkpoint.remarks.count == 1 && checkpoint.remarks[0].contains("--prefix state_dict_ema"), "\(checkpoint.remarks)")
        let other = try Checkpoint.read(path: CheckpointFixtures.path("ema.pt"), prefix: "state_dict_ema")
        #expect(try other.tensor("w").shape == [2])
    }

    // MARK: Modules

    /// Modules within modules, each twice: refused soon, not gone through.
    @Test func modulesThatMultiplyAreRefused() throws {
        typealias Builder = PickleBuilder
        func module(_ parts: [UInt8]) -> [UInt8] {
            Builder.global("torch.nn", "Module") + [0x29, 0x81, 0x7D] + Builder.text("_modules") + [0x7D, 0x28] + parts + [0x75, 0x73, 0x62]
        }
        var pickle: [UInt8] = [0x80, 2] + module([]) + [0x71, 0]
        for level in 1...60 {
            let part: [UInt8] = [0x68, UInt8(level - 1)]
            pickle += module(Builder.text("a") + part + Builder.text("b") + part) + [0x71, UInt8(level)]
        }
        // All but the last stand below it on the stack.
        let last: [UInt8] = [0x68, 60]
        pickle = [0x80, 2, 0x28] + pickle.dropFirst(2) + [0x31] + last + [0x2E]
        let problem = try #require(try CheckpointFixtures.problem(reading: Builder.archive(pickle)))
        #expect(problem.summary.contains("modules within modules"), "\(problem)")
    }
}
