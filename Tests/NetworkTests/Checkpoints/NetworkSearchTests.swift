import Diagnostics
import Foundation
import Tensors
import Testing

@testable import Network

/// A network among other tensors, whatever stands before its names.
@Suite struct NetworkSearchTests {
    static let student = "cifar_resnet8", teacher = "cifar_resnet14"

    /// Names and shapes of an architecture, each name behind `prefix`.
    static func tensors(_ architecture: String, _ prefix: String = "", _ rename: (String) -> String = { $0 }) throws -> [(String, Tensor)] {
        try Architectures.named(architecture).tensorShapes().map { (prefix + rename($0.name), Tensor(zeros: $0.shape)) }
    }

    private func read<Result>(
        _ tensors: [(String, Tensor)], prefix: String? = nil, architecture: String? = nil, _ body: (Checkpoint) throws -> Result
    ) throws -> Result {
        let path = CheckpointFixtures.temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Safetensors.write(tensors, metadata: [:], to: path)
        return try body(try Checkpoint.read(path: path, prefix: prefix, architecture: architecture))
    }

    @Test(arguments: [
        "model.", "net.", "module.", "_orig_mod.", "_forward_module.module.", "module.student.", "module._orig_mod.", "backbone.body.inner.",
        "_fsdp_wrapped_module.", "learner.model.encoder_q.",
    ])
    func anyPrefixIsTakenOff(prefix: String) throws {
        let beside = [("criterion.pos_weight", Tensor(zeros: [1])), ("train_acc.correct", Tensor(zeros: [])), ("queue", Tensor(zeros: [8, 16]))]
        for others in [[], beside] {
            try read(Self.tensors(Self.student, prefix) + others) { checkpoint in
                let network = try Architectures.network(checkpoint, architecture: nil)
                #expect(network.architecture == Self.student)
                #expect(checkpoint.shape(of: "conv1.weight") == [16, 3, 3, 3])
                #expect(network.unusedTensors.sorted() == others.map(\.0).sorted())
                #expect(try Architectures.network(checkpoint, architecture: Self.student).architecture == Self.student)
            }
        }
    }

    /// Parts that are wrapped one by one.
    @Test func wrappersWithinNamesAreTakenOff() throws {
        let tensors = try Self.tensors(Self.student, "student._fsdp_wrapped_module.") {
            $0.replacing("layer1.", with: "layer1._fsdp_wrapped_module.").replacing("layer2.0.", with: "layer2.0._checkpoint_wrapped_module.")
        }
        try read(tensors) { checkpoint in
            let network = try Architectures.network(checkpoint, architecture: nil)
            #expect(network.architecture == Self.student)
            #expect(checkpoint.outside.isEmpty)
        }
    }

    @Test func severalNetworksAreAskedFor() throws {
        let tensors = try Self.tensors(Self.student, "module.student.") + Self.tensors(Self.teacher, "module.teacher.")
        let counts = [try Self.tensors(Self.student).count, try Self.tensors(Self.teacher).count]
        try read(tensors) { checkpoint in
            #expect(checkpoint.candidates.map(\.prefix) == ["module.student.", "module.teacher."])
            let problem = try #require(throws: Problem.self) { try Architectures.network(checkpoint, architecture: nil) }
            let explanation = problem.explanation ?? ""
            #expect(problem.kind == .usage && problem.remedy?.contains("--prefix module.student.") == true)
            #expect(explanation.contains("module.student. (\(Self.student), \(counts[0]) tensors)"), "\(explanation)")
            #expect(explanation.contains("module.teacher. (\(Self.teacher), \(counts[1]) tensors)"), "\(explanation)")
        }
        for prefix in ["teacher", "teacher.", "module.teacher", "module.teacher."] {
            try read(tensors, prefix: prefix) { checkpoint in
                let network = try Architectures.network(checkpoint, architecture: nil)
                #expect(network.architecture == Self.teacher)
                #expect(checkpoint.outside.count == counts[0])
            }
        }
        // A name tells them apart as well.
        try read(tensors, architecture: Self.student) { checkpoint in
            let network = try Architectures.network(checkpoint, architecture: Self.student)
            #expect(network.architecture == Self.student)
            #expect(checkpoint.prefix == "module.student.")
        }
        // An empty prefix leaves all names as they are.
        try read(tensors, prefix: "") { checkpoint in #expect(checkpoint.names.sorted() == tensors.map(\.0).sorted()) }
    }

    @Test(arguments: [
        ("module.encoder_q.", "module.encoder_k."), ("model.", "ema_model."), ("base_encoder.", "momentum_encoder."), ("net.", "model_ema.module."),
    ])
    func runningMeansAreSecondary(main: String, mean: String) throws {
        try read(Self.tensors(Self.student, main) + Self.tensors(Self.student, mean)) { checkpoint in
            let network = try Architectures.network(checkpoint, architecture: nil)
            #expect(checkpoint.prefix == main && network.remarks.count == 1)
            #expect(network.remarks.first?.contains("--prefix \(mean)") == true, "\(network.remarks)")
        }
    }

    /// `backbone.` and `head.fc.` of classification toolboxes.
    @Test(arguments: ["head.fc.", "head.", "cls_head.linear.", "model.classifier.1."])
    func aClassifierOfAnotherNameIsFound(head: String) throws {
        let prefix = head.hasPrefix("model.") ? "model.backbone." : "backbone."
        let tensors = try Self.tensors(Self.student).map { name, tensor -> (String, Tensor) in
            let parts = name.split(separator: ".")
            return (["fc", "linear"].contains(parts[0]) ? head + parts[1] : prefix + name, tensor)
        }
        try read(tensors) { checkpoint in
            let network = try Architectures.network(checkpoint, architecture: nil)
            #expect(network.architecture == Self.student && network.unusedTensors.isEmpty && network.classCount == 10)
            #expect(network.remarks.contains { $0.contains("\(head)*") }, "\(network.remarks)")
        }
        // Two such layers: which is meant cannot be told.
        try read(tensors + [("other.head.weight", Tensor(zeros: [10, 64])), ("other.head.bias", Tensor(zeros: [10]))]) { checkpoint in
            #expect(checkpoint.candidates.isEmpty)
            #expect(throws: Problem.self) { try Architectures.network(checkpoint, architecture: nil) }
        }
    }

    /// What belongs to a network's own modules is not dropped, whether the network is named or not.
    @Test func partsOfTheNetworkAreNotDropped() throws {
        let gate = [("layer1.0.se.fc1.weight", Tensor(zeros: [4, 16])), ("layer1.0.se.fc2.weight", Tensor(zeros: [16, 4]))]
        for prefix in ["", "model."] {
            try read(Self.tensors(Self.student, prefix) + gate.map { (prefix + $0.0, $0.1) }) { checkpoint in
                for name in [nil, Self.student] {
                    let problem = try #require(throws: Problem.self) { try Architectures.network(checkpoint, architecture: name) }
                    #expect(problem.summary.contains("2 of its tensors"), "\(problem)")
                    #expect(problem.explanation?.contains("layer1.0.se.fc1.weight") == true, "\(problem)")
                    #expect(problem.remedy?.contains("--architecture") == true)
                }
            }
        }
    }

    /// Counters of profilers in every module change nothing.
    @Test func countersOfProfilersArePassedOver() throws {
        let counters = ["total_ops", "layer1.0.total_params", "conv1.total_ops"].map { ($0, Tensor(zeros: [1])) }
        try read(Self.tensors(Self.student) + counters) { checkpoint in
            let network = try Architectures.network(checkpoint, architecture: nil)
            #expect(network.unusedTensors.sorted() == counters.map(\.0).sorted())
        }
    }

    /// Names stay as they are where no network is known.
    @Test func otherTensorsKeepTheirNames() throws {
        let tensors = (0..<12).map { ("momentum.layer\($0).weight", Tensor(zeros: [2, 2, 1, 1])) } + [("step", Tensor(zeros: [1]))]
        try read(tensors) { checkpoint in
            #expect(checkpoint.names.sorted() == tensors.map(\.0).sorted())
            #expect(checkpoint.prefix.isEmpty && checkpoint.candidates.isEmpty)
        }
    }

    @Test func summariesAreShort() {
        #expect(NameSummary([]).text == nil)
        #expect(NameSummary(["a", "b.c"]).text == "a, b.c")
        let many = (0..<300).map { "module.teacher.layer\($0).weight" } + ["module.queue"]
        #expect(NameSummary(many).text == "301 tensors: module.teacher.* (300), module.queue")
        let wide = (0..<300).map { "part\($0).weight" }
        #expect((NameSummary(wide).text?.count ?? 0) < 200)
        #expect(NameSummary(Array(repeating: "a", count: 9)).text == "9 tensors: a.* (9)")
    }
}
