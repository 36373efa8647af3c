import Foundation
import Network
import Tensors
import Testing

/// `vitrine distill` on a small world: a ResNet-20 that knows nothing teaches a ResNet-14.
@Suite struct DistillTests {
    private static func distill(_ more: String..., method: String = "letkd-2", out: String = "out") -> [String] {
        ["distill", "--teacher", "network.safetensors", "--student", "cifar_resnet14", "--method", method, "--images", "images",
            "--validation", "images", "--epochs", "2", "--batch", "9", "--learning-rate", "0.01", "--words", "12", "--iterations", "3",
            "--sub-classes", "2", "--threads", "1", "--quiet", "--out", out] + more
    }

    /// The log without the time that epochs took.
    private static func log(_ world: SmallWorld, _ out: String) throws -> [String] {
        try String(contentsOfFile: world.path("\(out)/log.csv"), encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).dropLast().joined(separator: ",")
        }
    }

    @Test func `a student carries what it was taught, and needs no teacher`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(Self.distill(), in: world.folder)
            let log = try Self.log(world, "out")
            #expect(log.count == 3 && log[0] == "epoch,learning_rate,loss,cross_entropy,words,sub_classes,train_accuracy,validation_accuracy")
            let whole = try files(in: world.path("out"))
            for name in ["layer3/vocabulary", "layer3.0/discriminants", "layer3.0/sub-classes", "layer3.0/score-matrix"] {
                #expect(whole["offline/\(name).safetensors"] != nil && whole["offline/\(name).json"] != nil, "\(name)")
            }
            #expect(!whole.keys.contains { $0.hasSuffix("/features") || $0.contains("state") })

            let file = try Checkpoint.read(path: world.path("out/model.safetensors"))
            #expect(file.shape(of: "layer3.1.letkd.templates.weight") == [12, 64, 1, 1])
            #expect(file.shape(of: "layer3.1.letkd.teacher.centres") == [12, 64])
            #expect(file.shape(of: "layer3.0.letkd.score_matrix") == [6, 6])
            #expect(try file.tensor("layer3.0.letkd.teacher.classes").values == [0, 0, 1, 1, 2, 2])
            let rows = try file.tensor("layer3.0.letkd.score_matrix").values
            for row in 0..<6 { #expect(abs(rows[row * 6..<row * 6 + 6].reduce(0, +) - 1) < 1e-5) }
            #expect(file.metadata["layer3.0.letkd.teacher_layer"] == "layer3.0" && file.metadata["method"] == "letkd-2")
            #expect(file.metadata["teacher"] == "network.safetensors" && file.metadata["teacher_architecture"] == "cifar_resnet20")
            let network = try Architectures.network(file, architecture: nil)
            #expect(network.architecture == "cifar_resnet14" && network.unusedTensors == [])
            #expect(network.templates.map(\.count) == [6, 12])
            try FileManager.default.removeItem(atPath: world.path("network.safetensors"))
            let json = try Program.json(["evaluate", "out/model.safetensors", "--images", "images", "--json", "-q"], in: world.folder)
            let accuracy = try #require(log.last?.split(separator: ",").last.flatMap { Double($0) })
            #expect(try abs(#require(json["top1"] as? Double) - accuracy) < 1e-6)
        }
    }

    @Test func `a kill does not show, and the offline part is shared`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(Self.distill("--offline", "kept"), in: world.folder)
            let whole = try files(in: world.path("out")), kept = try files(in: world.path("kept"))
            var kills = 0
            for milliseconds in [80, 400, 900, 1500] {
                for folder in ["killed", "other"] { try? FileManager.default.removeItem(atPath: world.path(folder)) }
                let outcome = try Program.run(
                    Self.distill("--offline", "other", out: "killed"), in: world.folder, killAfter: .milliseconds(milliseconds))
                if outcome.wasSignalled { kills += 1 }
                try Program.expectSuccess(Self.distill("--offline", "other", out: "killed"), in: world.folder)
                let resumed = try files(in: world.path("killed"))
                #expect(resumed["model.safetensors"] == whole["model.safetensors"], "after a kill at \(milliseconds) ms")
                #expect(differences(try files(in: world.path("other")), kept) == [], "after a kill at \(milliseconds) ms")
            }
            #expect(kills > 0)
            // Another student takes what is there as it is.
            try Program.expectSuccess(Self.distill("--offline", "kept", "--seed", "5", method: "letkd-1", out: "second"), in: world.folder)
            #expect(try files(in: world.path("kept")) == kept)
            let other = try Program.run(Self.distill("--offline", "kept", "--words", "10"), in: world.folder)
            #expect(other.status == 2 && other.errors.contains("words was 12 and is 10"), "\(other.errors)")
        }
    }

    @Test func `the teacher's logits teach as well`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(Self.distill(method: "kd"), in: world.folder)
            #expect(try Self.log(world, "out")[0].contains("loss,cross_entropy,teacher_logits,train_accuracy"))
            let file = try Checkpoint.read(path: world.path("out/model.safetensors"))
            #expect(!file.names.contains { $0.contains("letkd") } && file.metadata["method"] == "kd")
            // Layers without supervision are a control: nothing but the labels teaches.
            try Program.expectSuccess(Self.distill("--word-weight", "0", "--sub-class-weight", "0", out: "control"), in: world.folder)
            #expect(try Self.log(world, "control")[0].contains("loss,cross_entropy,train_accuracy"))
            #expect(try Checkpoint.read(path: world.path("control/model.safetensors")).names.contains { $0.contains("letkd") })
        }
    }

    @Test func `what does not fit is refused by name`() throws {
        try SmallWorld.with { world in
            let cases: [(arguments: [String], status: Int32, words: [String])] = [
                (Self.distill("--teacher", "nowhere.pth"), 1, ["nowhere.pth"]),
                (Self.distill("--student", "resnet99"), 2, ["resnet99"]),
                (Self.distill("--student", "resnet18"), 2, ["32 x 32", "224 x 224"]),
                (Self.distill("--method", "letkd-3"), 2, ["letkd-3"]),
                (Self.distill("--words", "0"), 2, ["--words"]),
                (Self.distill("--temperature", "0"), 2, ["--temperature"]),
                (Self.distill("--sub-classes", "2000"), 2, ["class", "2000"]),
                (Self.distill("--components", "3"), 2, ["3", "components"]),
                (Self.distill("--penultimate-layer", "layer9"), 2, ["layer9"]),
                (Self.distill("--teacher-penultimate-layer", "layer3", "--penultimate-layer", "layer2"), 2, ["layer3", "8 x 8", "layer2", "16 x 16"]),
            ]
            for (number, each) in cases.enumerated() {
                let outcome = try Program.run(each.arguments + ["--out", "bad\(number)"], in: world.folder)
                #expect(outcome.status == each.status && !outcome.wasSignalled, "\(each.words): \(outcome.errors)")
                for word in each.words { #expect(outcome.errors.contains(word), "\(word) in \(outcome.errors)") }
            }
            // The teacher's map may be larger by a whole factor.
            try Program.expectSuccess(
                Self.distill("--teacher-penultimate-layer", "layer2", "--epochs", "1", method: "letkd-1"), in: world.folder)
            let file = try Checkpoint.read(path: world.path("out/model.safetensors"))
            #expect(try file.tensor("layer3.1.letkd.teacher.pooling").values == [2])
        }
    }
}
