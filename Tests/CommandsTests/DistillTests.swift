import Foundation
import Network
import Run
import Synchronization
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
            #expect(log.count == 3 && log[0] == "epoch,learning_rate,loss,cross_entropy,words,sub_classes,train_accuracy,teacher_accuracy,teacher_agreement,validation_accuracy")
            // Thirty-six images, twelve of each class.
            let agreement = try String(contentsOfFile: world.path("out/agreement.csv"), encoding: .utf8).split(separator: "\n").dropFirst()
                .map { $0.split(separator: ",").compactMap { Int($0) } }
            #expect(agreement.map { $0.prefix(3) } == [1, 2].flatMap { epoch in (0..<3).map { [epoch, $0, 12] } })
            let shares = log.dropFirst().compactMap { $0.split(separator: ",")[8] }.compactMap { Double($0) }
            #expect(shares == [0, 3].map { first in Double(agreement[first..<first + 3].reduce(0) { $0 + $1[3] }) / 36 })
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
                for name in ["model.safetensors", "agreement.csv"] {
                    #expect(resumed[name] == whole[name] && whole[name] != nil, "\(name) after a kill at \(milliseconds) ms")
                }
                #expect(try Self.log(world, "killed") == Self.log(world, "out"))
                #expect(differences(try files(in: world.path("other")), kept) == [], "after a kill at \(milliseconds) ms")
            }
            #expect(kills > 0)
            // Another student takes what is there as it is.
            try Program.expectSuccess(Self.distill("--offline", "kept", "--seed", "5", method: "letkd-1", out: "second"), in: world.folder)
            #expect(try files(in: world.path("kept")) == kept)
            // What was damaged is found again.
            let words = URL(fileURLWithPath: world.path("kept/offline/layer3/vocabulary.safetensors"))
            let bytes = try Data(contentsOf: words)
            for damaged in [bytes.prefix(200), bytes.dropLast(400) + Data(repeating: 0xFF, count: 400)] {
                try damaged.write(to: words)
                try Program.expectSuccess(Self.distill("--offline", "kept", method: "letkd-1", out: "mended\(damaged.count)"), in: world.folder)
                #expect(try Data(contentsOf: words) == bytes)
            }
            let other = try Program.run(Self.distill("--offline", "kept", "--words", "10"), in: world.folder)
            #expect(other.status == 2 && other.errors.contains("words was 12 and is 10"), "\(other.errors)")
        }
    }

    @Test func `the teacher's logits teach as well`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(Self.distill(method: "kd"), in: world.folder)
            #expect(try Self.log(world, "out")[0].contains("loss,cross_entropy,teacher_logits,train_accuracy,teacher_accuracy,teacher_agreement"))
            let file = try Checkpoint.read(path: world.path("out/model.safetensors"))
            #expect(!file.names.contains { $0.contains("letkd") } && file.metadata["method"] == "kd")
            // Layers without supervision are a control: nothing but the labels teaches.
            let said = try Program.run(
                Self.distill("--word-weight", "0", "--sub-class-weight", "0", out: "control").filter { $0 != "--quiet" }, in: world.folder)
            #expect(said.status == 0 && said.errors.components(separatedBy: "is not counted: nothing is learned from the teacher").count == 2, "\(said.errors)")
            #expect(try Self.log(world, "control")[0].contains("loss,cross_entropy,train_accuracy,validation_accuracy"))
            #expect(try Checkpoint.read(path: world.path("control/model.safetensors")).names.contains { $0.contains("letkd") })
        }
    }

    @Test func `a report on a student shows how it came to agree with its teacher`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(Self.distill(method: "letkd-1"), in: world.folder)
            func report(_ out: String) throws -> TeacherComparison {
                try Program.expectSuccess(
                    ["report", "out/model.safetensors", "--teacher", "network.safetensors", "--images", "images", "--layers", "layer3", "--units",
                        "none", "--classes", "none", "--quiet", "--out", out], in: world.folder)
                return try #require(try RunFolder.open(at: world.path("\(out)-run")).read(TeacherComparison.self, from: .teacher))
            }
            let found = try report("site"), log = try Self.log(world, "out").dropFirst().map { $0.split(separator: ",").map(String.init) }
            #expect(found.warnings.isEmpty && found.history?.epochs.map { $0.agreement.map { "\($0)" } } == log.map { $0[7] })
            #expect(found.history?.epochs.allSatisfy { $0.classes?.images == [12, 12, 12] } == true)
            #expect(try String(contentsOfFile: world.path("site/teacher/index.html"), encoding: .utf8).contains("Agreement over training"))
            // What lies beside it is believed only where it adds up.
            try "epoch,class,images,agreed\n1,0,12,13\n".write(toFile: world.path("out/agreement.csv"), atomically: true, encoding: .utf8)
            let damaged = try report("damaged")
            #expect(damaged.warnings.map(\.summary) == ["Agreement over training is not shown by class"])
            #expect(damaged.history?.epochs.map(\.agreement) == found.history?.epochs.map(\.agreement))
        }
    }

    @Test func `a teacher in shards is found beside its student`() throws {
        try SmallWorld.with { world in
            let teacher = try Checkpoint.read(path: world.path("network.safetensors"))
            var places: [String: String] = [:]
            for (number, names) in [teacher.names.prefix(5), teacher.names.dropFirst(5)].enumerated() {
                let shard = "teacher-0000\(number + 1)-of-00002.safetensors"
                try Safetensors.write(names.map { ($0, try teacher.tensor($0)) }, metadata: [:], to: world.path(shard))
                for name in names { places[name] = shard }
            }
            let index = "teacher.safetensors.index.json"
            try JSONSerialization.data(withJSONObject: ["weight_map": places]).write(to: URL(filePath: world.path(index)))
            try Program.expectSuccess(
                Self.distill(method: "kd", out: "student").map { $0 == "network.safetensors" ? index : $0 }, in: world.folder)
            try FileManager.default.copyItem(atPath: world.path("student/model.safetensors"), toPath: world.path("student.safetensors"))
            try Program.expectSuccess(
                ["report", "student.safetensors", "--images", "images", "--layers", "layer3", "--units", "none", "--classes", "none", "--quiet",
                    "--out", "site"], in: world.folder)
            let found = try RunFolder.open(at: world.path("site-run")).read(TeacherComparison.self, from: .teacher)
            #expect(found?.teacher.fileName == index && found?.outputs != nil)
        }
    }

    @Test func `what does not fit is refused by name`() throws {
        try SmallWorld.with { world in
            let cases: [(arguments: [String], status: Int32, words: [String])] = [
                (Self.distill("--teacher", "nowhere.pth"), 1, ["nowhere.pth"]),
                (Self.distill("--student", "resnet99"), 2, ["resnet99"]),
                (Self.distill("--student", "resnet2O"), 2, ["resnet2O", "Did you mean resnet20"]),
                (Self.distill("--student", "network.safetensors"), 2, ["is a file", "resnet20"]),
                (Self.distill("--offline", "images/found"), 2, ["--offline", "images/found", "inside that of --images"]),
                (Self.distill("--student", "resnet18"), 2, ["8 x 8", "7 x 7", "--teacher-intermediate-layer"]),
                (Self.distill("--student", "timm_vit_tiny_patch16"), 2, ["student", "kd"]),
                (Self.distill("--method", "letkd-3"), 2, ["letkd-3"]),
                (Self.distill("--words", "0"), 2, ["--words"]),
                (Self.distill("--words", "3000"), 2, ["36 images", "2304 positions", "3000", "--words"]),
                (Self.distill("--temperature", "0"), 2, ["--temperature"]),
                (Self.distill("--label-weight", "0", "--logit-weight", "0", method: "kd"), 2, ["Nothing is to be learned"]),
                (Self.distill("--sub-classes", "2000"), 2, ["class", "2000"]),
                (Self.distill("--components", "3"), 2, ["3", "components"]),
                (Self.distill("--penultimate-layer", "layer9"), 2, ["layer9"]),
                (Self.distill("--teacher-penultimate-layer", "layer3", "--penultimate-layer", "layer2"), 2, ["layer3", "8 x 8", "layer2", "16 x 16"]),
            ]
            for (number, each) in cases.enumerated() {
                let outcome = try Program.run(each.arguments + ["--out", "bad\(number)"], in: world.folder)
                #expect(outcome.status == each.status && !outcome.wasSignalled, "\(each.words): \(outcome.errors)")
                for word in each.words { #expect(outcome.errors.contains(word), "\(word) in \(outcome.errors)") }
                // Nothing was looked for in the teacher before.
                #expect(!FileManager.default.fileExists(atPath: world.path("bad\(number)/offline/layer3/vocabulary.safetensors")), "\(each.words)")
            }
            // A folder that is called as an architecture is in nobody's way.
            try FileManager.default.createDirectory(atPath: world.path("cifar_resnet14"), withIntermediateDirectories: false)
            // What was refused is no training: its folder takes the remedy.
            try Program.expectSuccess(Self.distill("--epochs", "1", method: "letkd-1", out: "bad9"), in: world.folder)
            // Options are called as this command calls them.
            let named = try Program.run(Self.distill("--teacher-architecture", "resnet50", out: "named"), in: world.folder)
            #expect(named.status != 0 && named.errors.contains("--teacher-architecture"), "\(named.errors)")
            #expect(!named.errors.contains(" --architecture"), "\(named.errors)")
            // The teacher's map may be larger by a whole factor.
            try Program.expectSuccess(
                Self.distill("--teacher-penultimate-layer", "layer2", "--epochs", "1", method: "letkd-1"), in: world.folder)
            let file = try Checkpoint.read(path: world.path("out/model.safetensors"))
            #expect(try file.tensor("layer3.1.letkd.teacher.pooling").values == [2])
        }
    }

    @Test func `a student of the paper takes what is published for it`() throws {
        try SmallWorld.with { world in
            let arguments = ["distill", "--teacher", "network.safetensors", "--student", "MobileNetV2", "--method", "letkd-2", "--images", "images",
                "--epochs", "1", "--batch", "12", "--words", "12", "--sub-classes", "2", "--threads", "1", "--out", "out"]
            let said = try Program.run(arguments, in: world.folder)
            #expect(said.status == 0, "\(said.errors)")
            for words in [
                "behind blocks.5.0 (80 x 2 x 2) of the student, from layer3.0 (64 x 8 x 8) of the teacher averaged over 4 x 4, alpha 0.2",
                "behind conv2 (1280 x 2 x 2)", "Learning rate 0.01",
            ] { #expect(said.errors.contains(words), "\(words) in \(said.errors)") }
            let options = try #require(
                JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: world.path("out/options.json")))) as? [String: String])
            let expected = [
                "architecture": "cifar_mobile_half", "learning-rate": "0.01", "alpha": "0.1", "intermediate-alpha": "0.2",
                "penultimate-layer": "conv2", "intermediate-layer": "blocks.5.0", "teacher-penultimate-layer": "layer3",
                "teacher-intermediate-layer": "layer3.0",
            ]
            for (name, value) in expected { #expect(options[name] == value, "\(name) is \(options[name] ?? "nothing")") }
            let file = try Checkpoint.read(path: world.path("out/model.safetensors"))
            let network = try Architectures.network(file, architecture: nil)
            #expect(network.templates.map(\.count) == [6, 12] && network.templates.map(\.alpha) == [0.2, 0.1])
            // An option overrides.
            let other = try Program.run(arguments + ["--alpha", "0.5", "--learning-rate", "0.02"], in: world.folder)
            #expect(other.status == 2 && other.errors.contains("alpha was 0.1 and is 0.5") && other.errors.contains("learning-rate was 0.01 and is 0.02"))
        }
    }

    @Test func `two layers on one map, and their student as a teacher`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(Self.distill("--student", "cifar_resnet8"), in: world.folder)
            let path = world.path("out/model.safetensors"), file = try Checkpoint.read(path: path)
            #expect(file.shape(of: "layer3.0.letkd.templates.weight") == [6, 64, 1, 1])
            #expect(file.shape(of: "layer3.0.letkd.letkd.templates.weight") == [12, 64, 1, 1])
            #expect(file.metadata["layer3.0.letkd.teacher_layer"] == "layer3.0" && file.metadata["layer3.0.letkd.letkd.teacher_layer"] == "layer3")
            let log = try Self.log(world, "out"), accuracy = try #require(log.last?.split(separator: ",").last.flatMap { Double($0) })
            let json = try Program.json(["evaluate", path, "--images", "images", "--json", "-q"], in: world.folder)
            #expect(try abs(#require(json["top1"] as? Double) - accuracy) < 1e-6)
            let places = try #require(try Program.json(["inspect", path, "--json"], in: world.folder)["distillation"] as? [String: Any])
            #expect((places["words"] as? [String: Any])?["layer"] as? String == "layer3.0.letkd.letkd")
            // Its folder stands for it.
            try Program.expectSuccess(Self.distill("--teacher", "out", out: "next"), in: world.folder)
            let next = try Checkpoint.read(path: world.path("next/model.safetensors")).metadata
            #expect(next["layer3.1.letkd.teacher_layer"] == "layer3.0.letkd.letkd" && next["teacher"] == "model.safetensors")
        }
    }

    @Test func `two students share what was found at the same time`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(Self.distill("--offline", "alone", out: "first"), in: world.folder)
            let outcomes = Mutex<[Program.Outcome]>([])
            DispatchQueue.concurrentPerform(iterations: 3) { number in
                guard let outcome = try? Program.run(Self.distill("--offline", "shared", out: "together\(number)"), in: world.folder) else { return }
                outcomes.withLock { $0.append(outcome) }
            }
            outcomes.withLock { #expect($0.map(\.status) == [0, 0, 0], "\($0.map(\.errors))") }
            let alone = try files(in: world.path("alone")), model = try files(in: world.path("first"))["model.safetensors"]
            #expect(differences(try files(in: world.path("shared")), alone) == [])
            for number in 0..<3 { #expect(try files(in: world.path("together\(number)"))["model.safetensors"] == model, "\(number)") }
        }
    }

    @Test func `a teacher of another size sees the student's pictures in its own`() throws {
        try SmallWorld.with { world in
            for method in ["kd", "letkd-2"] {
                let said = try Program.run(
                    Self.distill("--teacher-input-size", "64", method: method, out: method).filter { $0 != "--quiet" }, in: world.folder)
                #expect(said.status == 0 && said.errors.contains("takes 64 x 64 pixels"), "\(said.errors)")
            }
            let file = try Checkpoint.read(path: world.path("letkd-2/model.safetensors"))
            #expect(try file.tensor("layer3.1.letkd.teacher.pooling").values == [2])
            let found = try Checkpoint.read(path: world.path("letkd-2/offline/layer3/vocabulary.safetensors"))
            #expect(found.metadata["seen"]?.hasPrefix("32 x 32") == true)
            // And in a report of the student, without being told again.
            let report = ["--images", "images", "--units", "none", "--classes", "none", "--layers", "layer3"]
            let options = ["kd": [], "letkd-2": [], "told": ["--teacher-input-size", "64x64"]]
            for (name, more) in options {
                let student = name == "told" ? "letkd-2" : name
                let said = try Program.run(
                    ["report", "\(student)/model.safetensors", "--teacher", "network.safetensors"] + report + more + ["--out", "\(name)-site"],
                    in: world.folder)
                #expect(said.status == 0 && said.errors.contains("as in the student's training: input-size=64x64") == more.isEmpty, "\(said.errors)")
                let documents = try RunFolder.open(at: world.path("\(name)-site-run"))
                let beside = try #require(try documents.read(TeacherComparison.self, from: .teacher))
                #expect(beside.seesSamePictures && beside.teacherInput == [3, 64, 64] && beside.warnings.isEmpty)
                #expect(try String(contentsOfFile: world.path("\(name)-site/teacher/index.html"), encoding: .utf8).contains("resampled to 64\u{A0}×\u{A0}64"))
                guard name != "kd" else { continue }
                // What the teacher takes for what is nearer to its training's words than to others: all positions have one.
                let words = try #require(try documents.read(TemplateLayer.self, from: .templates(layer: "layer3.1.letkd")))
                #expect(words.positions.agreed != nil && words.templates.reduce(0) { $0 + ($1.teacherUses ?? 0) } == 36 * 64)
                // These are the pictures that the words were found in: in each as many positions as when they were found.
                let counts = try found.tensor("counts").values.map { Int($0) }
                #expect(words.templates.sorted { $0.index < $1.index }.map { $0.teacherUses ?? 0 } == counts)
            }
            // Of a student that says nothing of it, the size is asked for.
            let plain = try Checkpoint.read(path: world.path("letkd-2/model.safetensors"))
            var notes = plain.metadata
            notes["teacher_preprocessing"] = nil
            try Safetensors.write(try plain.names.map { ($0, try plain.tensor($0)) }, metadata: notes, to: world.path("silent.safetensors"))
            let silent = try Program.run(
                ["report", "silent.safetensors", "--teacher", "network.safetensors"] + report + ["--out", "silent-site"], in: world.folder)
            #expect(silent.status == 2 && silent.errors.contains("--teacher-input-size 64x64"), "\(silent.errors)")
        }
    }

    @Test func `a student takes images of the size that is said`() throws {
        try SmallWorld.with { world in
            let said = try Program.run(
                Self.distill("--input-size", "16", method: "kd", out: "small").filter { $0 != "--quiet" }, in: world.folder)
            #expect(said.status == 0 && said.errors.contains("it sees the student's pictures of 16 x 16, resampled"), "\(said.errors)")
            let network = try Architectures.network(Checkpoint.read(path: world.path("small/model.safetensors")), architecture: nil)
            #expect(network.input.size == [16, 16])
        }
    }

    @Test func `a teacher that would cut pictures otherwise sees the student's, before training too`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(Self.distill("--epochs", "1", method: "letkd-1", out: "plain"), in: world.folder)
            let said = try Program.run(
                Self.distill("--epochs", "1", "--teacher-preprocessing", "resize=48", method: "letkd-1", out: "cut").filter { $0 != "--quiet" },
                in: world.folder)
            #expect(said.status == 0 && said.errors.contains("not in its own way"), "\(said.errors)")
            let plain = try Checkpoint.read(path: world.path("plain/offline/layer3/vocabulary.safetensors"))
            let cut = try Checkpoint.read(path: world.path("cut/offline/layer3/vocabulary.safetensors"))
            #expect(try cut.tensor("centres").values == plain.tensor("centres").values)
            #expect(cut.metadata["seen"]?.hasPrefix("32 x 32") == true && plain.metadata["seen"] == nil)
            #expect(try files(in: world.path("cut"))["log.csv"] != nil)
        }
    }

    @Test func `students of other settings share a folder without taking from each other`() throws {
        try SmallWorld.with { world in
            func distill(_ words: String) throws -> String {
                let said = try Program.run(
                    Self.distill("--offline", "shared", "--epochs", "1", "--words", words, method: "letkd-1", out: "student\(words)").filter { $0 != "--quiet" },
                    in: world.folder)
                #expect(said.status == 0, "\(said.errors)")
                return said.errors
            }
            _ = try distill("12")
            #expect(try distill("10").contains("was made with another words: 12, not 10: it stays"))
            let kept = try files(in: world.path("shared"))
            // Run again, neither looks for anything.
            for words in ["12", "10"] { #expect(!(try distill(words)).contains("was made with another")) }
            #expect(differences(try files(in: world.path("shared")), kept) == [])
        }
    }
}
