import Foundation
import Tensors
import Testing

/// Command lines that make no sense (exit code 2) and work that cannot be done (1): one clear error each, and nothing changed.
@Suite struct RefusalTests {
    private struct Case {
        var arguments: [String]
        var status: Int32
        /// What the message must name.
        var words: [String]

        init(_ status: Int32, _ arguments: [String], _ words: String...) {
            self.arguments = arguments
            self.status = status
            self.words = words
        }
    }

    private static func report(_ more: String...) -> [String] {
        ["report", "network.safetensors", "--images", "images", "--out", "site", "--steps", "2"] + more
    }

    private static func trace(_ more: String...) -> [String] {
        ["trace", "network.safetensors", "--input", "images/red/1.png", "--layers", "layer1", "--out", "trace.safetensors"] + more
    }

    private static let cases: [Case] = [
        Case(2, ["paint"], "paint", "report"),
        Case(2, ["reprot", "network.safetensors", "--images", "images"], "reprot", "Did you mean report?"),
        Case(2, ["report"], "checkpoint"),
        Case(1, ["inspect", "x"], "x does not exist"),
        Case(2, ["inspect", "network.safetensors", "--output", "logits"], "no ONNX model", "--output"),
        Case(2, ["report", "network.safetensors"], "--images"),
        Case(2, ["report", "network.safetensors", "--images", "images"], "--out"),
        Case(2, ["figure", "--out", "figures"], "figure"),
        Case(2, ["figure", "unit", "--run", "images", "--out", "figures", "--anonymous", "--author", "Ada"], "--anonymous", "--author"),
        Case(2, ["render", "--run", "images", "--out", "images/site"], "inside", "--out"),
        Case(2, ["figure", "plot", "--run", "images", "--out", "figures"], "plot", "template-map", "score-matrix"),
        Case(2, ["figure", "template-map", "--out", "figures"], "--run"),
        Case(2, ["figure", "template-map", "--run", "images", "--out", "figures"], "images", "not a run folder"),
        Case(2, ["figure", "template-map", "--run", "images", "--out", "figures", "--venue", "cvp"], "cvp", "cvpr"),
        Case(2, ["figure", "template-map", "--run", "images", "--out", "figures", "--columns", "3"], "--columns"),
        Case(2, ["figure", "template-map", "--run", "images", "--out", "figures", "--width", "-1"], "--width"),
        Case(2, ["figure", "score-matrix", "--run", "images", "--out", "figures", "--image", "3"], "--image"),
        Case(2, ["figure", "--from", "nowhere.json", "--out", "figures"], "nowhere.json"),
        Case(2, ["figure", "unitmap", "--run", "images", "--out", "figures"], "unitmap", "unit-map"),
        Case(2, ["figure", "classes", "--run", "images", "--out", "figures", "--units", "3"], "--units", "histogram"),
        Case(2, ["figure", "classes", "--run", "images", "--out", "figures", "--text-size", "3"], "--text-size"),
        Case(2, ["figure", "classes", "--run", "images", "--out", "figures", "--venue", "eccv", "--width", "3"], "--venue"),
        Case(2, ["figure", "--figures", "nowhere.yaml", "--run", "images", "--out", "figures"], "nowhere.yaml"),
        Case(2, ["figure", "unit", "--figures", "list.yaml", "--run", "images", "--out", "figures"], "--figures"),
        Case(2, report("--colour"), "--colour"),
        Case(2, report("--layers", "layr3"), "layr3", "layer3"),
        Case(2, report("--layers", ""), "--layers"),
        Case(2, report("--layers", "layer1,layer1"), "twice"),
        Case(2, report("--layers", "linear"), "linear"),
        Case(2, report("--units", "64"), "layer1", "0 to 15"),
        Case(2, report("--units", "layer9:1"), "layer9", "layer1, layer2, layer3"),
        Case(2, report("--units", "-1"), "-1"),
        Case(2, report("--units", "9-3"), "9-3"),
        Case(2, report("--classes", "gren"), "gren", "green"),
        Case(2, report("--classes", "3"), "0 to 2"),
        Case(2, report("--steps", "-5"), "--steps"),
        Case(2, report("--steps", "99999999999999999999"), "99999999999999999999"),
        Case(2, report("--quality", "fine"), "fine", "draft", "paper"),
        Case(2, report("--schedule", "short"), "short", "half-resolution"),
        Case(2, report("--seed", "-1"), "-1", "--seed"),
        Case(2, report("--threads", "0"), "--threads"),
        Case(2, report("--references", "0"), "--references"),
        Case(2, report("--concepts", "layer9:3"), "layer9", "layer3"),
        Case(2, report("--concepts", "layer3"), "--concepts", "layer3:10"),
        Case(2, report("--window", "40"), "--window", "40", "1 to 32"),
        Case(2, report("--window", "wide"), "wide", "receptive"),
        Case(2, report("--window-stride", "0"), "--window-stride"),
        Case(2, report("--references-as", "patch"), "patch", "image"),
        Case(2, report("--diversity", "2"), "--diversity"),
        Case(2, report("--architecture", "cifar_resnet21"), "cifar_resnet20"),
        Case(1, report("--architecture", "cifar_resnet32"), "layer1.3.conv1.weight (16 x 16 x 3 x 3)"),
        Case(2, report("--templates", "none"), "none"),
        Case(2, report("--config", "none.yaml"), "none.yaml"),
        Case(2, report("--config", "unknown.yaml"), "stepz", "steps"),
        Case(2, report("--config", "type.yaml"), "steps", "whole number"),
        Case(2, report("--config", "latin.yaml"), "UTF-8"),
        Case(2, report("--config", "laughs.yaml"), "laughs.yaml"),
        Case(1, report("--labels", "two.txt"), "2 classes", "3"),
        Case(1, report("--labels", "broken.json"), "broken.json"),
        Case(2, report("--out", "/"), "'/'"),
        Case(2, report("--out", "."), "'.'"),
        Case(2, report("--out", ""), "''"),
        Case(2, report("--out", "foreign"), "foreign is not a site"),
        Case(2, report("--out", "images/site"), "images/site", "--images"),
        Case(2, report("--run", "images"), "--images and --run are the same folder"),
        Case(2, report("--run", "site"), "--out and --run are the same folder"),
        Case(2, report("--run", "foreign"), "foreign is not a run folder"),
        Case(1, ["report", "network.safetensors", "--images", "nowhere", "--out", "site"], "nowhere does not exist"),
        Case(1, ["report", "network.safetensors", "--images", "empty", "--out", "site"], "empty holds no images"),
        Case(1, ["report", "network.safetensors", "--images", "list.txt", "--out", "site"], "images/red/99.png (line 2)"),
        Case(1, ["inspect", "nowhere.pth"], "nowhere.pth does not exist", "Check the path."),
        Case(1, ["inspect", "netwrok.safetensors"], "netwrok.safetensors does not exist", "did you mean network.safetensors"),
        Case(1, ["evaluate", "network.safetensors", "--images", "imagse"], "imagse does not exist", "did you mean images"),
        Case(1, ["inspect", "images/red/1.png"], "its format is unknown"),
        Case(1, ["inspect", "half.safetensors"], "half.safetensors"),
        Case(1, ["inspect", "missing.safetensors"], "layer2.1.conv1.weight (32 x 32 x 3 x 3)"),
        Case(1, ["inspect", "misshaped.safetensors"], "layer2.1.conv1.weight is 32 x 32 x 1 x 1 and should be 32 x 32 x 3 x 3"),
        Case(1, ["inspect", "other.safetensors"], "not recognised", "something (4)"),
        Case(2, trace("--layers", "layer9"), "layer9"),
        Case(2, trace("--layers", "layer1,layer1"), "twice"),
        Case(2, trace("--want", "colours"), "colours"),
        Case(2, trace("--want", ""), "--want"),
        Case(2, trace("--want", "gradients"), "--target"),
        Case(2, trace("--target", "foo"), "foo"),
        Case(2, trace("--want", "gradients", "--target", "class:3"), "0 to 2"),
        Case(2, trace("--want", "gradients", "--target", "layer1:16"), "0 to 15"),
        Case(2, trace("--want", "matching"), "--references"),
        Case(2, trace("--want", "matching", "--references", "flat.safetensors"), "flat.safetensors"),
        Case(2, trace("--want", "matching", "--references", "large.safetensors"), "1 x 3 x 64 x 64", "3 x 32 x 32"),
        Case(2, trace("--want", "matching", "--references", "nan.safetensors"), "NaN"),
        Case(2, trace("--want", "matching", "--references", "nan.safetensors", "--weights", "1,2"), "--weights"),
        Case(2, trace("--out", "nowhere/trace.safetensors"), "There is no folder nowhere"),
        Case(2, trace("--out", "images"), "images is a folder"),
        Case(2, ["benchmark"], "--architecture"),
        Case(2, ["benchmark", "network.safetensors", "--batch", "-3"], "--batch"),
        Case(2, ["render", "--run", "nowhere", "--out", "site"], "nowhere"),
        Case(2, ["render", "--run", "images", "--out", "site"], "images is not a run folder"),
    ]

    @Test func `each bad command line gives one clear error and leaves nothing behind`() throws {
        try SmallWorld.with { world in
            try makeBadFiles(world)
            let before = try files(in: world.folder)
            for bad in Self.cases {
                let outcome = try Program.run(bad.arguments, in: world.folder)
                let line = bad.arguments.joined(separator: " ")
                #expect(outcome.status == bad.status && !outcome.wasSignalled, "\(line): \(outcome.status), \(outcome.errors)")
                #expect(outcome.errors.contains("vitrine: "), "\(line): \(outcome.errors)")
                for word in bad.words { #expect(outcome.errors.contains(word), "\(line) should name “\(word)”: \(outcome.errors)") }
                #expect(outcome.output.isEmpty, "\(line): \(outcome.output)")
                try #require(differences(before, try files(in: world.folder)) == [], "after \(line)")
            }
        }
    }

    @Test func `a full standard output is an error, a closed one of messages is not`() throws {
        try SmallWorld.with { world in
            let script = """
                "$0" inspect network.safetensors > /dev/full; echo $?
                "$0" paint 2> /dev/full; echo $?
                "$0" inspect network.safetensors --json | head -1 > /dev/null; echo ${PIPESTATUS[0]}
                """
            let process = Process(), pipe = Pipe()
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            process.arguments = ["-c", script, try Program.path()]
            process.currentDirectoryURL = URL(fileURLWithPath: world.folder)
            process.standardOutput = pipe
            process.standardError = FileHandle.nullDevice
            try process.run()
            let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(output == "1\n2\n0\n")
        }
    }

    private func makeBadFiles(_ world: SmallWorld) throws {
        func write(_ data: Data, _ name: String) throws { try data.write(to: URL(fileURLWithPath: world.path(name))) }
        for folder in ["empty", "foreign"] {
            try FileManager.default.createDirectory(atPath: world.path(folder), withIntermediateDirectories: true)
        }
        try write(Data("not ours".utf8), "foreign/keep.txt")
        try write(Data("stepz: 3\n".utf8), "unknown.yaml")
        try write(Data("steps: many\n".utf8), "type.yaml")
        try write(Data("title: caf".utf8) + [0xE9, 0x0A], "latin.yaml")
        let laughs = (1...9).map { level in "- &a\(level) [\(Array(repeating: level == 1 ? "ha" : "*a\(level - 1)", count: 9).joined(separator: ", "))]" }
        try write(Data(("layers:\n" + laughs.joined(separator: "\n") + "\n").utf8), "laughs.yaml")
        try write(Data("blue\ngreen\n".utf8), "two.txt")
        try write(Data("[\"blue\", ".utf8), "broken.json")
        try write(Data("images/red/1.png\nimages/red/99.png\n".utf8), "list.txt")

        let network = try Data(contentsOf: URL(fileURLWithPath: world.path("network.safetensors")))
        try write(network.prefix(network.count / 2), "half.safetensors")
        let tensors = SmallWorld.tensors()
        try writeNetwork(tensors.filter { $0.0 != "layer2.1.conv1.weight" }, to: world.path("missing.safetensors"))
        try writeNetwork(
            tensors.map { $0.0 == "layer2.1.conv1.weight" ? ($0.0, Tensor(zeros: [32, 32, 1, 1])) : $0 },
            to: world.path("misshaped.safetensors"))
        try writeNetwork([("something", Tensor(zeros: [4]))], to: world.path("other.safetensors"))
        try writeNetwork([("x", Tensor(zeros: [3, 32]))], to: world.path("flat.safetensors"))
        try writeNetwork([("x", Tensor(zeros: [1, 3, 64, 64]))], to: world.path("large.safetensors"))
        var nan = Tensor(zeros: [1, 3, 32, 32])
        nan.values[7] = .nan
        try writeNetwork([("x", nan)], to: world.path("nan.safetensors"))
    }
}
