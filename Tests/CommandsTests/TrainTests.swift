import Foundation
import Network
import Tensors
import Testing

/// `vitrine train` on a small world: what it leaves, that a kill does not show, and what it refuses.
@Suite struct TrainTests {
    private static func train(_ more: String..., out: String = "out") -> [String] {
        ["train", "--architecture", "cifar_resnet20", "--images", "images", "--validation", "images", "--epochs", "2", "--batch", "5",
            "--learning-rate", "0.01", "--threads", "1", "--quiet", "--out", out] + more
    }

    /// The log without the time that epochs took.
    private static func log(_ world: SmallWorld, _ out: String) throws -> [String] {
        try String(contentsOfFile: world.path("\(out)/log.csv"), encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).dropLast().joined(separator: ",")
        }
    }

    @Test func `a training that was killed at any time ends in the same bytes`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(Self.train(), in: world.folder)
            let whole = try files(in: world.path("out"))
            #expect(Set(whole.keys) == ["options.json", "last.safetensors", "best.safetensors", "model.safetensors", "log.csv", "curve.svg", "convolutions.json"])
            let log = try Self.log(world, "out")
            #expect(log.count == 3 && log[0] == "epoch,learning_rate,loss,cross_entropy,train_accuracy,validation_accuracy")
            var kills = 0
            for milliseconds in [60, 250, 500, 900, 1400] {
                try? FileManager.default.removeItem(atPath: world.path("killed"))
                let outcome = try Program.run(Self.train(out: "killed"), in: world.folder, killAfter: .milliseconds(milliseconds))
                if outcome.wasSignalled { kills += 1 }
                try Program.expectSuccess(Self.train(out: "killed"), in: world.folder)
                let resumed = try files(in: world.path("killed"))
                for name in ["options.json", "best.safetensors", "model.safetensors"] {
                    #expect(resumed[name] == whole[name], "\(name) after a kill at \(milliseconds) ms")
                }
                #expect(try Self.log(world, "killed") == log)
            }
            #expect(kills > 0)
            // What comes of it is a checkpoint like any other; the folders are the classes.
            let json = try Program.json(["evaluate", "out/model.safetensors", "--images", "images", "--json", "-q"], in: world.folder)
            let accuracy = try #require(log.last?.split(separator: ",").last.flatMap { Double($0) })
            #expect(try abs(#require(json["top1"] as? Double) - accuracy) < 1e-6)
            let file = try Checkpoint.read(path: world.path("out/model.safetensors"))
            #expect(file.metadata["classes"] == "blue\ngreen\nred" && file.metadata["architecture"] == "cifar_resnet20")

            // Other options, with the difference named; and other images.
            let seed = try Program.run(Self.train("--seed", "4"), in: world.folder)
            #expect(seed.status == 2 && seed.errors.contains("seed was 0 and is 4"))
            let few = try Program.run(Self.train("--limit-per-class", "3"), in: world.folder)
            #expect(few.status == 2 && few.errors.contains("images was 36 images") && few.errors.contains("is 9 images"))
            #expect(try files(in: world.path("out")) == whole)
        }
    }

    @Test func `ConvNeXt learns as a whole, and is in the file`() throws {
        try SmallWorld.with { world in
            let outcome = try Program.run(
                ["train", "--architecture", "convnext_tiny", "--input-size", "32", "--images", "images", "--limit-per-class", "1", "--epochs", "1",
                    "--threads", "1", "--no-winograd", "--out", "out"], in: world.folder)
            #expect(outcome.status == 0 && !outcome.errors.contains("do not learn"), "\(outcome.errors)")
            #expect(outcome.errors.contains("Learning rate 0.05 is the default, for networks with batch normalisation"), "\(outcome.errors)")
            let file = try Checkpoint.read(path: world.path("out/model.safetensors"))
            #expect(file.shape(of: "features.1.0.block.3.weight") == [384, 96] && file.shape(of: "features.1.0.layer_scale") == [96, 1, 1])
            #expect(try file.tensor("features.1.0.layer_scale").values.allSatisfy { $0.isFinite && $0 != 1e-6 })
            try Program.expectSuccess(["evaluate", "out/model.safetensors", "--images", "images", "-q"], in: world.folder)
        }
    }

    /// Whatever ways are timed for convolutions with a bias.
    @Test(arguments: ["AVX2", "ALL"]) func `a network whose convolutions have biases learns`(_ set: String) throws {
        try SmallWorld.with { world in
            let outcome = try Program.run(
                ["train", "--architecture", "cifar_vgg8", "--images", "images", "--limit-per-class", "2", "--epochs", "1", "--threads", "1",
                    "--learning-rate", "0.001", "--quiet", "--out", "out"],
                in: world.folder, environment: ["ONEDNN_MAX_CPU_ISA": set, "DNNL_MAX_CPU_ISA": set, "XDG_CACHE_HOME": world.path("cache")])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let ways = try String(contentsOfFile: world.path("out/convolutions.json"), encoding: .utf8)
            #expect(ways.contains("forward") && ways.contains("pullback"), "\(ways)")
            let file = try Checkpoint.read(path: world.path("out/model.safetensors"))
            let biases = file.names.filter { $0.hasSuffix(".bias") && file.shape(of: $0) != [3] }
            #expect(try biases.count == 5 && biases.allSatisfy { try file.tensor($0).values.contains { $0 != 0 } }, "\(file.names)")
        }
    }

    /// Whatever blocks of channels its kernels like.
    @Test func `a processor without AVX-512 learns the same`() throws {
        try SmallWorld.with { world in
            var losses: [[Double]] = []
            for (number, set) in ["AVX2", "ALL"].enumerated() {
                let outcome = try Program.run(
                    Self.train("--no-winograd", out: "out\(number)"), in: world.folder,
                    environment: ["ONEDNN_MAX_CPU_ISA": set, "DNNL_MAX_CPU_ISA": set])
                #expect(outcome.status == 0, "\(outcome.errors)")
                losses.append(try Self.log(world, "out\(number)").dropFirst().compactMap { $0.split(separator: ",")[2] }.compactMap { Double($0) })
            }
            #expect(losses[0].count == 2 && zip(losses[0], losses[1]).allSatisfy { abs($0 - $1) < 0.01 * $1 }, "\(losses)")
        }
    }

    @Test func `training goes on from a checkpoint, for its classes or for others`() throws {
        try SmallWorld.with { world in
            func from(_ out: String, _ more: String..., checkpoint: String = "network.safetensors") -> [String] {
                ["train", "--from", checkpoint, "--images", "images", "--epochs", "1", "--learning-rate", "1e-9", "--threads", "1",
                    "--out", out] + more
            }
            try Program.expectSuccess(from("same", "--quiet"), in: world.folder)
            let same = try Checkpoint.read(path: world.path("same/model.safetensors"))
            let before = try Checkpoint.read(path: world.path("network.safetensors"))
            for name in ["linear.weight", "layer2.1.conv1.weight"] {
                let differences = try zip(same.tensor(name).values, before.tensor(name).values).map { abs($0 - $1) }
                #expect(try #require(differences.max()) < 1e-6, "\(name) is where it was")
            }
            // A folder stands for the weights in it.
            try Program.expectSuccess(from("folder", "--quiet", checkpoint: "same"), in: world.folder)
            try FileManager.default.removeItem(atPath: world.path("images/red"))
            let outcome = try Program.run(from("two"), in: world.folder)
            #expect(outcome.status == 0 && outcome.errors.contains("its classifier begins anew"), "\(outcome.errors)")
            #expect(!outcome.errors.contains("There are no classes"))
            let two = try Checkpoint.read(path: world.path("two/model.safetensors"))
            #expect(two.shape(of: "linear.weight") == [2, 64])
            // A body, or a classifier without a part: it gets the one that its architecture has.
            for (out, left) in [("body", ["linear.weight", "linear.bias"]), ("half", ["linear.weight"])] {
                let tensors = try before.names.filter { !left.contains($0) }.map { ($0, try before.tensor($0)) }
                try Safetensors.write(tensors, to: world.path("\(out).safetensors"))
                let said = try Program.run(from(out, checkpoint: "\(out).safetensors"), in: world.folder)
                #expect(said.status == 0 && said.errors.contains("\(out).safetensors has no classifier: one for 2 classes begins anew"), "\(said.errors)")
                #expect(said.errors.contains("There are no classes: the body ends in 64 features"), "\(said.errors)")
                let whole = try Checkpoint.read(path: world.path("\(out)/model.safetensors"))
                #expect(whole.shape(of: "linear.weight") == [2, 64] && whole.shape(of: "linear.bias") == [2])
                #expect(try whole.tensor("conv1.weight") != Tensor(zeros: before.tensor("conv1.weight").shape))
            }
            // What is no number is the file's, and no learning rate's.
            let broken = try before.names.map { name in
                let tensor = try before.tensor(name)
                return (name, name == "conv1.weight" ? Tensor(shape: tensor.shape, values: tensor.values.map { _ in .nan }) : tensor)
            }
            try Safetensors.write(broken, to: world.path("broken.safetensors"))
            let refused = try Program.run(from("broken", checkpoint: "broken.safetensors"), in: world.folder)
            #expect(refused.status == 1 && refused.errors.contains("broken.safetensors holds NaN or infinity in conv1.weight"), "\(refused.errors)")
        }
    }

    @Test func `a file knows the classes and the preprocessing that it was trained on`() throws {
        try SmallWorld.with { world in
            try Program.expectSuccess(Self.train("--epochs", "1"), in: world.folder)
            let manager = FileManager.default, model = "out/model.safetensors"
            for copy in ["some", "others"] { try manager.copyItem(atPath: world.path("images"), toPath: world.path(copy)) }
            // Two of three classes: those of their names.
            try manager.removeItem(atPath: world.path("some/blue"))
            let network = try Architectures.network(Checkpoint.read(path: world.path(model)), architecture: nil)
            #expect(network.trainedClasses == ["blue", "green", "red"])
            let outcome = try Program.run(["evaluate", model, "--images", "some"], in: world.folder)
            #expect(outcome.status == 0 && !outcome.errors.contains("Not specified by the checkpoint"), "\(outcome.errors)")
            // One of another name: counted in order, green would be blue.
            try manager.moveItem(atPath: world.path("others/blue"), toPath: world.path("others/rot"))
            let evaluated = try Program.run(["evaluate", model, "--images", "others"], in: world.folder)
            #expect(evaluated.status == 2 && ["rot", "blue, green, red", "--labels"].allSatisfy(evaluated.errors.contains), "\(evaluated.errors)")
            let distilled = ["distill", "--teacher", model, "--student", "cifar_resnet14", "--images", "others", "--epochs", "1", "--out"]
            let refused = try Program.run(distilled + ["kd", "--method", "kd"], in: world.folder)
            #expect(refused.status == 2 && refused.errors.contains("other classes: blue where the images have rot"), "\(refused.errors)")
            let letkd = try Program.run(distilled + ["letkd", "--method", "letkd-1", "--words", "4", "--temperature", "2"], in: world.folder)
            #expect(letkd.status == 0 && letkd.errors.contains("is not counted: the teacher was trained on other classes"), "\(letkd.errors)")
            #expect(letkd.errors.contains("Warning: --temperature has no effect with --method letkd-1"))
            let anew = try Program.run(
                ["train", "--from", model, "--images", "others", "--epochs", "1", "--milestones", "0,1,2", "--unsupervised", "--out", "anew"], in: world.folder)
            #expect(anew.status == 0 && anew.errors.contains("other classes of the same number: its classifier begins anew"), "\(anew.errors)")
            #expect(anew.errors.contains("Warning: --unsupervised has no effect without --template-block"))
            #expect(anew.errors.contains("Warning: --milestones 1, 2 have no effect: training ends after 1 epoch\n"))
            // A class of which nothing is left.
            for number in 0..<SmallWorld.imagesPerClass { try Data("none".utf8).write(to: URL(fileURLWithPath: world.path("images/red/\(number).png"))) }
            let empty = try Program.run(Self.train("--validation", "some", "--validation", "images", out: "empty"), in: world.folder)
            #expect(empty.status == 1 && empty.errors.contains("No image of the class red can be read"), "\(empty.errors)")
        }
    }

    @Test func `blocks that match templates learn with the network, supervised or not`() throws {
        try SmallWorld.with { world in
            let blocks = ["--template-block", "layer2,layer3.0", "--templates", "2"]
            try Program.expectSuccess(Self.train("--epochs", "1") + blocks, in: world.folder)
            let names = try Self.log(world, "out")[0]
            #expect(names.contains("cross_entropy,layer2.2.templates,layer3.0.templates,train_accuracy"))
            let file = try Checkpoint.read(path: world.path("out/model.safetensors"))
            #expect(file.shape(of: "layer2.2.templates.scores.weight") == [6, 32, 1, 1])
            #expect(try file.tensor("layer3.0.templates.per_class").values == [2] && file.tensor("layer3.0.templates.alpha").values == [1])
            let network = try Architectures.network(file, architecture: nil)
            #expect(network.templates.map(\.layer) == ["layer2.2", "layer3.0"] && network.unusedTensors == [])
            // Labels for every position are another training.
            let positions = try Program.run(
                Self.train("--epochs", "1", "--template-labels", "positions") + blocks, in: world.folder)
            #expect(positions.status == 2 && positions.errors.contains("template-labels was image and is not given"), "\(positions.errors)")
            try Program.expectSuccess(
                Self.train("--epochs", "1", "--template-labels", "positions", out: "positions") + blocks, in: world.folder)
            #expect(try Self.log(world, "positions")[0] == names && Self.log(world, "positions")[1] != Self.log(world, "out")[1])
            let options = try String(contentsOfFile: world.path("positions/options.json"), encoding: .utf8)
            #expect(!options.contains("template-labels"), "as folders from before there was a choice: \(options)")
            // The control has the same templates, of which nobody says whose they are.
            try Program.expectSuccess(Self.train("--epochs", "1", "--unsupervised", out: "control") + blocks, in: world.folder)
            #expect(try Self.log(world, "control")[0].contains("cross_entropy,train_accuracy"))
            let control = try Checkpoint.read(path: world.path("control/model.safetensors"))
            #expect(try control.tensor("layer3.0.templates.per_class").values == [0])
            // What is there goes on learning, and keeps its records.
            try Program.expectSuccess(
                ["train", "--from", "out/model.safetensors", "--images", "images", "--epochs", "1", "--threads", "1", "--quiet", "--out", "more"],
                in: world.folder)
            let more = try Checkpoint.read(path: world.path("more/model.safetensors"))
            #expect(Set(more.names) == Set(file.names))
            let bad = try Program.run(Self.train("--template-block", "layer9", out: "bad"), in: world.folder)
            #expect(bad.status == 2 && bad.errors.contains("layer9"))
        }
    }

    @Test func `a loss that diverges ends with 1 and keeps what was good`() throws {
        try SmallWorld.with { world in
            let outcome = try Program.run(Self.train("--learning-rate", "1000"), in: world.folder)
            #expect(outcome.status == 1 && outcome.errors.contains("diverges") && outcome.errors.contains("out/last.safetensors"), "\(outcome.errors)")
            let last = try Checkpoint.read(path: world.path("out/last.safetensors"))
            #expect(try last.nonFiniteTensors() == [])
        }
    }

    @Test func `what makes no sense is refused before anything is written`() throws {
        try SmallWorld.with { world in
            let manager = FileManager.default
            try manager.copyItem(atPath: world.path("images"), toPath: world.path("others"))
            try manager.moveItem(atPath: world.path("others/red"), toPath: world.path("others/rot"))
            try manager.createDirectory(atPath: world.path("foreign"), withIntermediateDirectories: true)
            try Data("not ours".utf8).write(to: URL(fileURLWithPath: world.path("foreign/keep.txt")))
            let before = try files(in: world.folder)
            let images = ["train", "--architecture", "cifar_resnet20", "--epochs", "1", "--out", "out"]
            let cases: [(arguments: [String], status: Int32, words: [String])] = [
                (["train"], 2, ["--images"]),
                (["train", "--images", "images", "--epochs", "1", "--out", "out"], 2, ["No network"]),
                (Self.train("--architecture", "cifar_resnet21"), 2, ["cifar_resnet20"]),
                (Self.train("--validation", "others"), 2, ["only --images has red", "only --validation has rot"]),
                (images + ["--images", "images/red"], 2, ["images/red", "no folders"]),
                (images + ["--images", "nowhere"], 1, ["nowhere does not exist"]),
                (Self.train("--epochs", "0"), 2, ["--epochs"]),
                (Self.train("--batch", "0"), 2, ["--batch"]),
                (Self.train("--learning-rate", "-1"), 2, ["--learning-rate"]),
                (Self.train("--learning-rate", "nan"), 2, ["--learning-rate"]),
                (Self.train("--momentum", "1"), 2, ["--momentum"]),
                (Self.train("--weight-decay", "-0.1"), 2, ["--weight-decay"]),
                (Self.train("--milestones", "5,x"), 2, ["--milestones"]),
                (Self.train("--shift", "32"), 2, ["--shift", "32 x 32"]),
                (Self.train("--limit-per-class", "0"), 2, ["--limit-per-class"]),
                (Self.train("--out", "foreign"), 2, ["foreign is not a folder of a training"]),
                (Self.train("--out", "images/out"), 2, ["--out", "--images"]),
                (Self.train("--from", "none.safetensors"), 1, ["none.safetensors"]),
            ]
            for bad in cases {
                let outcome = try Program.run(bad.arguments, in: world.folder)
                let line = bad.arguments.joined(separator: " ")
                #expect(outcome.status == bad.status && !outcome.wasSignalled, "\(line): \(outcome.status), \(outcome.errors)")
                for word in bad.words { #expect(outcome.errors.contains(word), "\(line) should name “\(word)”: \(outcome.errors)") }
                try #require(differences(before, try files(in: world.folder)) == [], "after \(line)")
            }
        }
    }
}
