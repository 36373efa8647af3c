import Dataset
import Diagnostics
import Foundation
import Network
import Run
import Testing

@testable import Analysis

struct ReportStagesTests {
    @Test func whatAStageNeedsStandsBeforeIt() {
        var done: [ObjectIdentifier] = []
        for stage in ReportStages.all {
            for needed in stage.needs {
                #expect(done.contains(ObjectIdentifier(needed)), "\(stage.title) needs \(needed)")
            }
            done.append(ObjectIdentifier(type(of: stage)))
        }
    }

    private static func run(_ set: SmallDataSet, at path: String) throws -> ReportRun {
        var options = RunOptions(command: "")
        options.layers = ["layer2", "layer3"]
        (options.units, options.classes, options.concepts) = ("layer3:0-1", "0,1", "layer3:2")
        (options.seed, options.steps, options.references, options.strongest) = (3, 4, 4, 3)
        (options.jitter, options.warmup, options.winograd) = (2, 1, false)
        return try ReportRun(
            network: set.network,
            description: NetworkDescription(
                architecture: "cifar_resnet20", displayName: "ResNet-20", checkpoint: .init(fileName: "", bytes: 0, sha256: "0", format: ""),
                parameters: 0, inputShape: [3, 32, 32],
                preprocessing: .init(resize: nil, interpolation: "bilinear", crop: [32, 32], mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
                classCount: 10, layers: []),
            images: set.images, classNames: (0..<10).map(String.init), options: options,
            title: "", tool: .init(name: "Vitrine", version: "0", engine: ""), warnings: [], teaching: teaching(set), threads: 2, folder: .create(at: path))
    }

    /// A teacher that knows nothing.
    private static func teaching(_ set: SmallDataSet) throws -> TeacherStudy {
        try TeacherStudy(
            of: set.network, record: StudentRecord(of: set.network, tensors: NoTensors(), metadata: [:]),
            teacher: Teacher(Architectures.random("cifar_resnet14", seed: 6), fileName: "teacher.th", sha256: "ab"))
    }

    /// Every document that a stage says it writes is there when the stage has returned, and is left as it is when the stage is done again.
    @Test func documentsAreThereWhenAStageIsDone() throws {
        try SmallDataSet.with { set in
            let path = FileManager.default.temporaryDirectory.appendingPathComponent("stages-\(UUID())").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            let run = try Self.run(set, at: path)
            var written = 0
            var findings = ReportFindings()
            func perform<Stage: ReportStage>(_ stage: Stage) throws {
                let found = try stage.run(run, findings, progress: SilentProgress())
                let documents = stage.documents(of: run, findings)
                let bytes = try documents.map { try run.folder.readBytes($0) }
                #expect(bytes.allSatisfy { $0 != nil }, "\(stage.title) lacks a document")
                written += documents.count
                _ = try stage.run(run, findings, progress: SilentProgress())
                #expect(try documents.map { try run.folder.readBytes($0) } == bytes, "\(stage.title) changes what is there")
                findings.add(found, of: stage)
            }
            try run.writeBeginning()
            for stage in ReportStages.all { try perform(stage) }
            // Statistics, range, similarity and flow of two layers, classes and their flow, outputs beside the teacher's, a line-up, concepts,
            // images, the manifest, six prototypes, how alike references are, the paths of those in the layer and of the classes'.
            #expect(written == 24)
        }
    }
}
