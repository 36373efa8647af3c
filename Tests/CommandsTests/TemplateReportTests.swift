import Foundation
import Network
import Run
import Tensors
import Testing

/// `report` on a student with a knowledge distillation layer: template maps are made without being asked for.
@Suite struct TemplateReportTests {
    private static let command = ["report", "student.safetensors", "--images", "images", "--units", "none", "--classes", "none", "--layers", "layer3", "--quiet"]

    /// The world's network with a layer of two sub-classes a class, whose teacher is that network itself.
    private static func writeStudent(in world: SmallWorld, random: inout RandomSource) throws {
        let network = try Architectures.network(Checkpoint.read(path: world.path("network.safetensors")), architecture: nil)
        let layer = try KnowledgeDistillationLayer(
            behind: "layer3.1", of: network, templates: 6, classes: [0, 0, 1, 1, 2, 2], random: &random)
        func values(_ count: Int) -> [Float] { (0..<count).map { _ in random.normal() } }
        let centres = Tensor(shape: [6, 64], values: values(6 * 64))
        let matrix = Tensor(shape: [6, 6], values: (0..<36).map { $0 % 7 == 0 ? 1 : 0 })
        try Safetensors.write(
            SmallWorld.tensors() + layer.tensors.map { ($0.name, $0.tensor) }
                + [("layer3.1.letkd.teacher.centres", centres), ("layer3.1.letkd.score_matrix", matrix)],
            metadata: [
                "method": "letkd-2", "teacher": "network.safetensors", "teacher_architecture": "cifar_resnet20",
                "teacher_sha256": try FileHash.sha256(path: world.path("network.safetensors")),
                "layer3.1.letkd.teacher_layer": "layer3.1", "options": "epochs=3 seed=1",
            ], to: world.path("student.safetensors"))
    }

    @Test func `a student's report has its template maps, beside the teacher that lies there`() throws {
        try SmallWorld.with { world in
            var random = RandomSource(seed: 2, stream: "student")
            try Self.writeStudent(in: world, random: &random)
            let command = Self.command + ["--out", "site"]
            try Program.expectSuccess(command, in: world.folder)
            let site = try files(in: world.path("site")), run = try files(in: world.path("site-run"))
            let folder = "distillation/layer3.1.letkd"
            for page in ["distillation/index.html", "\(folder)/index.html", "\(folder)/maps/index.html", "\(folder)/5/index.html", "\(folder)/semantics/index.html"] {
                #expect(site[page] != nil, "\(page) is missing")
            }
            let documents = try RunFolder.open(at: world.path("site-run"))
            let found = try #require(try documents.read(Distillation.self, from: .distillation))
            let probes = try #require(try documents.read(LinearProbes.self, from: .linearProbes))
            #expect(probes.fitted == 18 && probes.tested == 18 && probes.layers.map(\.layer) == ["layer3.1.letkd"])
            #expect(found.method == "letkd-2" && found.images == [12, 12, 12] && found.warnings.isEmpty)
            #expect(found.student?.correct.count == 3 && found.options.map(\.name) == ["epochs", "seed"])
            let outputs = try #require(try documents.read(TeacherComparison.self, from: .teacher)?.outputs)
            #expect(outputs.temperatures == [1, 4] && outputs.total.images == 36 && outputs.classes.map(\.teacherCorrect) == found.teacherAccuracy?.correct)
            #expect(outputs.classes.map(\.studentCorrect) == found.student?.correct)
            #expect(try String(contentsOfFile: world.path("site/distillation/index.html"), encoding: .utf8).contains("teacher/index.html"))
            // Without its templates the student is its teacher.
            #expect(found.teacherAccuracy != nil && found.teacherAccuracy == found.withoutTemplates)
            let layer = try #require(try documents.read(TemplateLayer.self, from: .templates(layer: "layer3.1.letkd")))
            #expect(layer.kind == .subClasses && layer.positions.all == 36 * 64 && layer.positions.agreed != nil)
            #expect(layer.templates.reduce(0) { $0 + ($1.teacherUses ?? 0) } == 36 * 64)
            #expect(try documents.read(TemplateMaps.self, from: .templateMaps(layer: "layer3.1.letkd"))?.maps.count == 6)
            #expect(try documents.read(ScoreMatrix.self, from: .scoreMatrix(layer: "layer3.1.letkd"))?.rows.count == 6)

            try Program.expectSuccess(command, in: world.folder)
            #expect(differences(site, try files(in: world.path("site"))) == [])
            #expect(differences(run, try files(in: world.path("site-run"))) == [])

            // Another file of the same network: not the one that the checkpoint names, and another run.
            try Safetensors.write(SmallWorld.tensors(), metadata: ["note": "another"], to: world.path("other.safetensors"))
            let refused = try Program.run(command + ["--teacher", "other.safetensors"], in: world.folder)
            #expect(refused.status == 2 && refused.errors.contains("the teacher's hash was"))
            try Program.expectSuccess(Self.command + ["--out", "second", "--teacher", "other.safetensors"], in: world.folder)
            let page = try String(contentsOfFile: world.path("second/distillation/index.html"), encoding: .utf8)
            #expect(page.contains("other.safetensors is not the one that the student learned from"))
        }
    }

    @Test func `without its teacher a student is shown alone`() throws {
        try SmallWorld.with { world in
            var random = RandomSource(seed: 2, stream: "student")
            try Self.writeStudent(in: world, random: &random)
            try FileManager.default.removeItem(atPath: world.path("network.safetensors"))
            try Program.expectSuccess(Self.command + ["--out", "site"], in: world.folder)
            let documents = try RunFolder.open(at: world.path("site-run"))
            let layer = try #require(try documents.read(TemplateLayer.self, from: .templates(layer: "layer3.1.letkd")))
            #expect(layer.teacher == nil && layer.positions.agreed == nil && layer.positions.matched > 0)
            #expect(try documents.read(Distillation.self, from: .distillation)?.teacherAccuracy == nil)
            #expect(try files(in: world.path("site"))["teacher/index.html"] == nil)
        }
    }

    @Test func `a network without templates stands beside its teacher as well`() throws {
        try SmallWorld.with { world in
            let few = Self.command.map { $0 == "student.safetensors" ? "plain.safetensors" : $0 }
            try Safetensors.write(
                SmallWorld.tensors().map { name, tensor in name == "linear.bias" ? (name, Tensor(shape: [3], values: [9, 0, 0])) : (name, tensor) },
                metadata: [
                    "method": "kd", "options": "epochs=2 temperature=2", "teacher": "network.safetensors",
                    "teacher_sha256": try FileHash.sha256(path: world.path("network.safetensors")),
                ], to: world.path("plain.safetensors"))
            // The checkpoint names it, and it lies there.
            try Program.expectSuccess(few + ["--out", "site"], in: world.folder)
            let found = try #require(try RunFolder.open(at: world.path("site-run")).read(TeacherComparison.self, from: .teacher))
            #expect(found.method == "kd" && found.warnings.isEmpty && found.history == nil && found.seesSamePictures && found.options.map(\.name) == ["epochs", "temperature"])
            let outputs = try #require(found.outputs)
            #expect(outputs.temperatures == [1, 2] && outputs.total.images == 36 && outputs.classes.map(\.labelled) == [12, 12, 12])
            #expect(outputs.total.divergences.allSatisfy { $0 > 0 } && outputs.widest.count == 12)
            let page = try String(contentsOfFile: world.path("site/teacher/index.html"), encoding: .utf8)
            #expect(page.contains("KL(teacher ‖ student)") && page.contains("at temperature 2") && !page.contains("distillation/index.html"))
            #expect(try files(in: world.path("site"))["distillation/index.html"] == nil)

            // One that is the network itself says the same.
            try Program.expectSuccess(few + ["--out", "again", "--teacher", "plain.safetensors"], in: world.folder)
            let own = try #require(try RunFolder.open(at: world.path("again-run")).read(TeacherComparison.self, from: .teacher))
            #expect(own.outputs?.total.agreed == 36 && own.outputs?.total.divergences == [0, 0])
            #expect(own.warnings.first?.summary.contains("is not the one that the student learned from") == true)

            // One of other classes is told from it in a sentence.
            try Safetensors.write(
                SmallWorld.tensors().map { name, tensor in
                    guard name.hasPrefix("linear.") else { return (name, tensor) }
                    let shape = Shape([4] + tensor.shape.dimensions.dropFirst())
                    return (name, Tensor(shape: shape, values: Array(repeating: 0.5, count: shape.count)))
                }, to: world.path("four.safetensors"))
            try Program.expectSuccess(few + ["--out", "other", "--teacher", "four.safetensors"], in: world.folder)
            let other = try String(contentsOfFile: world.path("other/teacher/index.html"), encoding: .utf8)
            #expect(other.contains("The teacher tells 4 classes apart, the student 3") && !other.contains("KL("))
            #expect(try files(in: world.path("other"))["teacher/classes.csv"] == nil)

            let refused = try Program.run(SmallWorld.report("--teacher-architecture", "cifar_resnet20"), in: world.folder)
            #expect(refused.status == 2 && refused.errors.contains("--teacher-architecture") && refused.errors.contains("Add --teacher."))
        }
    }
}
