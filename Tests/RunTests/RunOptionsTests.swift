import Foundation
import Testing

@testable import Run

struct RunOptionsTests {
    private static var options: RunOptions {
        var options = RunOptions(command: "vitrine report")
        options.layers = ["layer1", "layer2"]
        options.units = "0-3"
        options.steps = 2000
        options.references = 50
        options.windowStride = 0.7
        options.earlyStop = true
        options.warmup = 1
        return options
    }

    /// The fingerprint in run folders is made of these lines: another order would shut out every folder there is.
    @Test func theIdentityIsWhatRunFoldersKnow() {
        let lines = Self.options.identity.map { "\($0.name) \($0.value)" }
        #expect(
            lines == [
                "--layers layer1,layer2", "--units 0-3", "--classes all", "--concepts none", "--labels not given", "--seed 0", "--seeds 1",
                "--schedule published", "--steps 2000", "--flip no", "--early-stop yes", "--references 50", "--window none",
                "--window-stride 0.7", "--references-as window", "--diversity 0.0", "--winograd yes", "--precision float32",
                "--inner balanced", "--composite vital", "the teacher's hash not given", "--teacher-architecture none",
            ])
    }

    @Test func whatARunDoesNotHaveIsNotRecorded() {
        #expect(RecordedOption("--new", nil, row: "new", in: .selection) == nil)
        #expect(RecordedOption("--new", .flag(true), row: "new", in: .selection)?.value.description == "yes")
        var options = Self.options
        #expect(!options.recorded().contains { $0.row == "teacher" || $0.row == "SHA-256 of the teacher" })
        options.preprocessing = "mean=0.5"
        #expect(options.identity.last.map { "\($0.name) \($0.value)" } == "--preprocessing mean=0.5")
        options.output = "scores"
        #expect(options.identity.last.map { "\($0.name) \($0.value)" } == "--output scores")
        options.teacher = "00"
        options.teacherArchitecture = "resnet50"
        #expect(options.recorded().filter { $0.section == .teacher && $0.row != nil }.map(\.value.description) == ["resnet50", "00"])
        #expect(options.recorded(isLabelled: true).contains { $0.row == "labels" })
        #expect(!options.recorded(isLabelled: false).contains { $0.row == "labels" })
    }

    @Test func differencesAreNamedWhereverTheyStand() {
        let old = [(name: "a", value: "1"), (name: "gone", value: "2"), (name: "c", value: "3")]
        let new = [(name: "a", value: "1"), (name: "c", value: "4"), (name: "new", value: "5")]
        let differences = RecordedOption.differences(old, new).map { "\($0.name) \($0.old) \($0.new)" }
        #expect(differences == ["c 3 4", "new not given 5", "gone 2 not given"])
        #expect(RecordedOption.differences(old, old).isEmpty)
    }
}
