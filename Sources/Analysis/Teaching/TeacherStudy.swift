public import Dataset
import Images
public import Network
public import Run

/// What a report says of a student beside its teacher: of their outputs on the report's images.
public struct TeacherStudy: Sendable {
    let teacher: Teacher
    let record: StudentRecord
    /// What a reader should know.
    public let warnings: [RunManifest.Warning]
    /// How the teacher sees the student's pictures, as it did when it taught the student; nil where it has the same files in its own way.
    let view: TeacherView?
    /// True where the two tell as many classes apart, which are taken for the same unless both files name them and they differ.
    let sharesClasses: Bool

    private let log: AgreementLog?

    /// Where the checkpoint records none, what distillation by logits usually takes.
    private static let usualTemperature: Float = 4

    /// - Parameter folder: where the student's checkpoint lies, and the log of its training if there is one; nil where nobody is to look.
    /// - Throws: `Problem` when no picture becomes what `teacher` takes.
    public init(of network: ImageNetwork, record: StudentRecord, teacher: Teacher, folder: String? = nil) throws {
        let input = teacher.network.input
        _ = try Preprocessing(input)
        self.teacher = teacher
        self.record = record
        warnings = record.warnings(beside: teacher, otherwise: "Its outputs are not those that the student was trained towards.")
        view = teacher.view(of: network, record)
        sharesClasses = teacher.sharesClasses(with: network)
        // A log beside a checkpoint that names no teacher, or another one, is about something else.
        let isCounted = sharesClasses && record.method != nil && record.teacher?.sha256 == teacher.sha256
        let epochs = record.options.first { $0.name == "epochs" }.flatMap { Int($0.value) }
        log = folder.flatMap { isCounted ? AgreementLog(folder: $0, classCount: network.classCount, epochs: epochs) : nil }
    }

    /// How answers came to agree over the student's training, where that was counted, and what a reader should know of it.
    func history() -> (history: AgreementHistory?, warnings: [RunManifest.Warning]) { log?.read() ?? (nil, []) }

    /// The student's images as the teacher takes them, or where it sees the student's pictures, these.
    func images(_ images: RealImages) throws -> RealImages {
        guard view == nil else { return images }
        return RealImages(folder: images.folder, preprocessing: try Preprocessing(teacher.network.input), labels: images.labels)
    }

    /// Temperatures at which outputs are compared: 1, and that of the training.
    var temperatures: [Float] {
        let told = record.options.first { $0.name == "temperature" }.flatMap { Float($0.value) }
        let trained = told.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } ?? Self.usualTemperature
        return trained == 1 ? [1] : [1, trained]
    }
}

extension StudentRecord {
    /// What is to be said where `teacher` is not the one that the checkpoint names, or it names none.
    ///
    /// - Parameter consequence: of another teacher than that, a sentence.
    func warnings(beside teacher: Teacher, otherwise consequence: String) -> [RunManifest.Warning] {
        if let hash = self.teacher?.sha256, hash != teacher.sha256 {
            return [
                .init(
                    summary: "The teacher \(teacher.fileName) is not the one that the student learned from",
                    explanation: "Its SHA-256 begins with \(teacher.sha256.prefix(12)), the student’s checkpoint names \(hash.prefix(12)) "
                        + "(\(self.teacher?.fileName ?? "")). \(consequence)",
                    remedy: "Name the right one with --teacher.")
            ]
        }
        guard self.teacher == nil else { return [] }
        return [
            .init(
                summary: "The student’s checkpoint names no teacher",
                explanation: "It is compared with \(teacher.fileName), \(teacher.network.displayName), because that was asked for.")
        ]
    }
}
