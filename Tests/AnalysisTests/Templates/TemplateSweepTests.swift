import Dataset
import Diagnostics
import Foundation
import Run
import Tensors
import Testing

@testable import Analysis
@testable import Network

struct TemplateSweepTests {
    /// A ResNet-8 with a knowledge distillation layer of ten classes' sub-classes, one of a vocabulary and a template block, before thirteen
    /// small pictures; the teacher a ResNet-14 that knows nothing, with centres in its features.
    private struct Scene {
        let set: SmallDataSet
        let network: ImageNetwork
        let record: StudentRecord
        let teacher: Teacher
        let tensors: [String: Tensor]
        var readable: [Int] { (0..<set.images.count).filter { !set.images.folder.items[$0].relativePath.hasSuffix("09.png") } }

        init(_ set: SmallDataSet) throws {
            self.set = set
            var random = RandomSource(seed: 8, stream: "templates")
            func values(_ count: Int, _ scale: Float = 1) -> [Float] { (0..<count).map { _ in scale * random.normal() } }
            var network = try Architectures.random("cifar_resnet8", seed: 5)
            network = try network.inserting(
                KnowledgeDistillationLayer(
                    behind: "layer3.0", of: network, templates: 20, classes: (0..<20).map { $0 / 2 }, random: &random))
            network = try network.inserting(
                KnowledgeDistillationLayer(behind: "layer2.0", of: network, templates: 37, alpha: 0.5, random: &random))
            self.network = network
            // As a network that knows nothing has features: not centred.
            var tensors: [String: Tensor] = [:]
            tensors["layer3.0.letkd.teacher.mean"] = Tensor(shape: [64], values: values(64, 0.5))
            tensors["layer3.0.letkd.teacher.scalings"] = Tensor(shape: [64, 3], values: values(64 * 3))
            tensors["layer3.0.letkd.teacher.centres"] = Tensor(shape: [20, 3], values: values(60, 3))
            tensors["layer3.0.letkd.teacher.pooling"] = Tensor(shape: [1], values: [1])
            tensors["layer3.0.letkd.score_matrix"] = Tensor(shape: [20, 20], values: (0..<400).map { $0 % 21 == 0 ? 0.75 : $0 % 21 == 1 ? 0.25 : 0 })
            tensors["layer2.0.letkd.teacher.centres"] = Tensor(shape: [37, 16], values: values(37 * 16))
            tensors["layer2.0.letkd.teacher.pooling"] = Tensor(shape: [1], values: [2])
            self.tensors = tensors
            record = try StudentRecord(of: network, tensors: RecordedTensors(values: tensors), metadata: Self.metadata)
            teacher = Teacher(try Architectures.random("cifar_resnet14", seed: 6), fileName: "teacher.th", sha256: "ab")
        }

        static let metadata = [
            "method": "letkd-2", "teacher": "teacher.th", "teacher_sha256": "ab", "teacher_architecture": "cifar_resnet14",
            "layer3.0.letkd.teacher_layer": "layer3.0", "layer2.0.letkd.teacher_layer": "layer1",
            "options": "epochs=12 images=30 images in 3 folders (ab=c) seed=0",
        ]

        func sweep(threads: Int) throws -> TemplateSweep {
            try TemplateSweep(
                network: network, images: set.images, record: record, teacher: teacher, readable: readable,
                pictured: TemplateStage.pictured(of: readable, labels: set.images.labels), threads: threads, algorithms: nil, precision: .float32)
        }

        func documents(_ sweep: TemplateSweep) -> TemplateDocuments {
            TemplateDocuments(
                network: network, record: record, sweep: sweep, images: readable.count, classCount: network.classCount,
                seed: 0, threads: 1)
        }
    }

    private struct RecordedTensors: TensorSource {
        var values: [String: Tensor]
        var names: [String] { values.keys.sorted() }
        func shape(of name: String) -> Shape? { values[name]?.shape }
        func tensor(_ name: String) throws -> Tensor { try #require(values[name]) }
    }

    /// One image, layer by layer, operation by operation.
    private static func activations(_ network: ImageNetwork, _ layer: String, _ image: Int, _ set: SmallDataSet) throws -> Tensor {
        let workspace = try Workspace(
            Plan(network.graph, .init(batch: 1, input: network.input.shape, activations: [layer], fuses: false)))
        try set.images.write(Reference(image: image), into: workspace.input)
        try workspace.forward()
        return try workspace.activationTensor(of: layer)
    }

    private static func largest(_ count: Int, _ value: (Int) -> Double) -> Int {
        (1..<count).reduce(0) { value($1) > value($0) ? $1 : $0 }
    }

    @Test func `matches, assignments, uses and windows are those of a naive count`() throws {
        try SmallDataSet.with { set in
            let scene = try Scene(set), sweep = try scene.sweep(threads: 2)
            try sweep.run(progress: SilentProgress())
            let names = scene.record.layers.map(\.description.name)
            #expect(names == ["layer2.0.letkd", "layer3.0.letkd"])
            for (place, name) in names.enumerated() {
                let found = try scene.documents(sweep).layer(place), maps = scene.documents(sweep).maps(place, labels: set.images.labels)
                let count = found.templates.count, side = found.grid[0], area = side * side
                var uses = [Int](repeating: 0, count: count), teacherUses = uses, agreed = 0, inClass = 0, matched = 0
                var peaks = [[(value: Float, image: Int)]](repeating: [], count: count)
                for image in scene.readable {
                    let p = try Self.activations(scene.network, "\(name).matches", image, set).values
                    let features = try Self.activations(
                        scene.teacher.network, name.hasPrefix("layer3") ? "layer3.0" : "layer1", image, set).values
                    let map = maps.maps.first { $0.image == image }
                    for template in 0..<count {
                        let value = p[template * area..<(template + 1) * area].max() ?? 0
                        if value > 0 { peaks[template].append((value, image)) }
                    }
                    for position in 0..<area {
                        let best = Self.largest(count) { Double(p[$0 * area + position]) }
                        let match = p[best * area + position] > 0 ? best : nil
                        let distances = try Self.distances(features, name, position, side: side, scene)
                        let assigned = Self.largest(count) { -distances[$0] }
                        matched += match == nil ? 0 : 1
                        if let match { uses[match] += 1 }
                        teacherUses[assigned] += 1
                        agreed += match == assigned ? 1 : 0
                        inClass += match.map { $0 / 2 == assigned / 2 } ?? false ? 1 : 0
                        guard let map else { continue }
                        #expect(map.student[position] == match && map.teacher?[position] == assigned)
                        #expect(abs(map.strengths[position] - max(0, p[best * area + position])) < 1e-3)
                        let share = 1 / distances.reduce(0) { $0 + exp(distances[assigned] - $1) }
                        #expect(abs(Double(map.teacherStrengths?[position] ?? 0) - share) < 1e-3)
                    }
                }
                #expect(maps.maps.count == 6 && maps.limit > 0)
                #expect(found.positions.all == 12 * area && found.positions.matched == matched && found.positions.agreed == agreed)
                #expect(found.positions.agreedInClass == (place == 1 ? inClass : nil))
                #expect(found.classPositions.prefix(3).reduce(0) { $0 + $1.matched } == matched)
                #expect(found.templates.map(\.uses) == uses && found.templates.map { $0.teacherUses ?? -1 } == teacherUses)
                #expect(found.kind == (place == 1 ? .subClasses : .vocabulary) && found.teacher?.discriminants == (place == 1 ? 3 : nil))
                for template in found.templates {
                    #expect(template.classUses.reduce(0) { $0 + $1.positions } == uses[template.index])
                    let expected = peaks[template.index].sorted { ($1.value, $0.image) < ($0.value, $1.image) }.prefix(8)
                    #expect(template.windows.map(\.image) == expected.map(\.image))
                    #expect(zip(template.windows, expected).allSatisfy { abs($0.activation - $1.value) < 1e-3 })
                    #expect(template.neighbours.count == 5 && template.principal?.count == 2 && template.embedded?.count == 2)
                }
            }
            #expect(try scene.documents(sweep).layer(1).templates[3].confusions == [.init(template: 3, share: 0.75), .init(template: 4, share: 0.25)])
            #expect(scene.documents(sweep).matrix(1)?.rows[19].templates == [19] && scene.documents(sweep).matrix(0) == nil)
            // The student without templates is the bare network.
            let bare = try Architectures.random("cifar_resnet8", seed: 5)
            let right = try scene.readable.count { image in
                let logits = try Self.activations(bare, bare.logits, image, set).values
                return Self.largest(10) { Double(logits[$0]) } == set.images.labels[image]
            }
            #expect(sweep.correctWithout.reduce(0, +) == Int64(right))
        }
    }

    /// Squared, from the teacher's features at a position to every centre.
    private static func distances(_ features: [Float], _ name: String, _ position: Int, side: Int, _ scene: Scene) throws -> [Double] {
        let centres = try #require(scene.tensors["\(name).teacher.centres"]), size = centres.shape[1]
        var own: [Double]
        if let scalings = scene.tensors["\(name).teacher.scalings"], let mean = scene.tensors["\(name).teacher.mean"] {
            own = (0..<size).map { component in
                (0..<64).reduce(0) {
                    $0 + Double(features[$1 * side * side + position] - mean.values[$1]) * Double(scalings.values[$1 * size + component])
                }
            }
        } else {
            // Four positions of a map of twice the size are one.
            let row = position / side * 2, column = position % side * 2, wide = 2 * side
            own = (0..<size).map { channel in
                [0, 1, wide, wide + 1].reduce(0) { $0 + Double(features[channel * wide * wide + row * wide + column + $1]) / 4 }
            }
        }
        return (0..<centres.shape[0]).map { centre in
            (0..<size).reduce(0) {
                let difference = own[$1] - Double(centres.values[centre * size + $1])
                return $0 + difference * difference
            }
        }
    }

    private final class Saved: @unchecked Sendable { var state: [UInt8] = [] }

    @Test func `a restored pass is where it was, on any number of threads`() throws {
        try SmallDataSet.with { set in
            let scene = try Scene(set), first = try scene.sweep(threads: 3), second = try scene.sweep(threads: 1)
            let saved = Saved(), other = Saved()
            try first.run(progress: SilentProgress()) { saved.state = $0 }
            try second.run(progress: SilentProgress()) { other.state = $0 }
            #expect(saved.state == other.state && !saved.state.isEmpty)
            let restored = try scene.sweep(threads: 1)
            try restored.restore(saved.state)
            try restored.run(progress: SilentProgress()) { _ in Issue.record("nothing is left to do") }
            #expect(try scene.documents(restored).layer(0).templates == scene.documents(first).layer(0).templates)
            #expect(throws: Problem.self) { try scene.sweep(threads: 1).restore(Array(saved.state.prefix(saved.state.count / 2))) }
        }
    }

    @Test func `a teacher with other layers is a problem, with another hash a warning`() throws {
        try SmallDataSet.with { set in
            let scene = try Scene(set)
            func study(_ teacher: Teacher?) throws -> TemplateStudy {
                try TemplateStudy(of: scene.network, record: scene.record, teacher: teacher)
            }
            #expect(try study(scene.teacher).warnings.isEmpty)
            #expect(try study(nil).warnings.map(\.summary) == ["The teacher’s checkpoint was not given"])
            let other = try study(.init(scene.teacher.network, fileName: "other.th", sha256: "cd")).warnings
            #expect(other.map(\.summary) == ["The teacher other.th is not the one that the student learned from"])
            let wide = Teacher(try Architectures.random("cifar_wrn_16_2", seed: 1), fileName: "wide.th", sha256: "ab")
            let problem = try #require(throws: Problem.self) { try study(wide) }
            #expect(problem.kind == .usage && problem.summary.contains("wide.th"))
            var twice = scene.tensors
            twice["layer3.0.letkd.teacher.centres"] = scene.tensors["layer3.0.letkd.teacher.centres"].map { centres in
                Tensor(shape: centres.shape, values: (0..<60).map { centres.values[$0 < 57 ? $0 : $0 - 57] })
            }
            let record = try StudentRecord(of: scene.network, tensors: RecordedTensors(values: twice), metadata: Scene.metadata)
            #expect(
                try TemplateStudy(of: scene.network, record: record, teacher: scene.teacher).warnings.map(\.summary)
                    == ["1 of 20 templates of layer3.0.letkd stand for the same features of the teacher as another"])
            var misfit = scene.tensors
            misfit["layer2.0.letkd.teacher.centres"] = Tensor(zeros: [36, 16])
            #expect(throws: Problem.self) {
                try StudentRecord(of: scene.network, tensors: RecordedTensors(values: misfit), metadata: Scene.metadata)
            }
            #expect(scene.record.options.map(\.name) == ["epochs", "images", "seed"])
            #expect(scene.record.options[1].value == "30 images in 3 folders (ab=c)")
        }
    }
}
