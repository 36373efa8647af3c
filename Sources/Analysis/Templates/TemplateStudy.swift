public import Dataset
import Diagnostics
public import Network
public import Run

/// What a report finds out about the templates of a student: with what its checkpoint records of them, and beside a teacher, if there is
/// one.
public struct TemplateStudy: Sendable {
    let record: StudentRecord
    let teacher: Teacher?
    /// What a reader should know.
    let warnings: [RunManifest.Warning]

    /// A study of the templates of `network`.
    ///
    /// - Parameter warnings: what else is to be said, before all that is found here.
    /// - Throws: `Problem` when `teacher` cannot be the one that the student learned from: it has no such layers, or others.
    public init(
        of network: ImageNetwork, record: StudentRecord, teacher: Teacher?, warnings: [RunManifest.Warning] = []
    ) throws {
        _ = try teacher?.scoring(record, of: network)
        self.record = record
        self.teacher = teacher
        self.warnings = warnings + Self.warnings(network, record, teacher) + Self.repetitions(record)
    }

    /// What is to be said where centres that the checkpoint records lie together.
    private static func repetitions(_ record: StudentRecord) -> [RunManifest.Warning] {
        record.layers.compactMap { layer in
            guard let centres = layer.teacher?.centres, case let repeated = centres.repeatedRows.count, repeated > 0 else { return nil }
            return .init(
                summary: "\(repeated) of \(centres.shape[0]) templates of \(layer.description.name) stand for the same features of the teacher as another",
                explanation: "The teacher’s features took fewer different values than templates were asked for, so that which of the same ones a "
                    + "position is assigned says nothing.")
        }
    }

    private static func warnings(
        _ network: ImageNetwork, _ record: StudentRecord, _ teacher: Teacher?
    ) -> [RunManifest.Warning] {
        guard let teacher else {
            return record.teacher.map { named in
                [
                    .init(
                        summary: "The teacher’s checkpoint was not given",
                        explanation: "What the teacher assigns, and where it agrees with the student, is not known.",
                        remedy: "Name it with --teacher, or put \(named.fileName) beside the student’s checkpoint.")
                ]
            } ?? []
        }
        var warnings = record.warnings(beside: teacher, otherwise: "Its assignments mean little.")
        if teacher.view(of: network, record) == nil {
            warnings.append(
                .init(
                    summary: "The teacher takes other pictures than the student",
                    explanation: "Its accuracy, with the same files in its own way, stands on the page of teacher and student."))
        } else if teacher.network.classCount != network.classCount {
            warnings.append(
                .init(
                    summary: "The teacher tells \(teacher.network.classCount) classes apart, the student \(network.classCount)",
                    explanation: "The teacher’s accuracy is left out."))
        } else if !teacher.sharesClasses(with: network) {
            warnings.append(
                .init(
                    summary: "The teacher tells as many classes apart as the student, but not the same ones, as their files say",
                    explanation: "The teacher’s accuracy is left out."))
        }
        for layer in record.layers where layer.teacher != nil && layer.teacher?.layer == nil {
            warnings.append(
                .init(
                    summary: "The teacher’s layer behind \(layer.description.name) is not known",
                    explanation: "The checkpoint records centres, but not where in the teacher they lie: the layer is not compared."))
        }
        return warnings
    }
}
