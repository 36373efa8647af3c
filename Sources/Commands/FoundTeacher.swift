import Dataset
import Diagnostics
import Foundation
import Network
import Run

/// The teacher of a student that a report is about: as named by the user, or by the student's checkpoint and lying beside it.
struct FoundTeacher {
    /// Under which name a student's checkpoint notes its teacher's preprocessing, where that was told.
    static let preprocessingNote = "teacher_preprocessing"

    /// Nil where there is none.
    let teacher: Teacher?
    /// What a reader should know about it.
    let warnings: [RunManifest.Warning]

    /// - Throws: `Problem` when a teacher is named that cannot be read, or it is said how to read one that is not there.
    init(of checkpoint: Checkpoint, path: String?, reading: ReadingOptions<TeacherNetwork>) throws {
        if let path {
            (teacher, warnings) = (try Self.read(path, reading, for: checkpoint), [])
            return
        }
        (teacher, warnings) = Self.beside(checkpoint, reading)
        if teacher == nil, warnings.isEmpty, let given = reading.given {
            throw Problem("\(given) says of what network the teacher is, and there is none", remedy: "Add --teacher.", kind: .usage)
        }
    }

    private static func read(
        _ path: String, _ reading: ReadingOptions<TeacherNetwork>, sha256 hash: String? = nil, for student: Checkpoint
    ) throws -> Teacher {
        // First of all: it says what was expected where there is nothing.
        let checkpoint = try reading.checkpoint(at: path)
        let sha256 = try hash ?? NetworkDescription.Checkpoint(checkpoint).sha256
        let known = try known(of: sha256, reading, from: student)
        let network = try reading.network(of: checkpoint, besides: known)
        if known != nil { StandardError.write("The teacher takes pictures as in the student's training: \(network.input.text)\n") }
        network.writeWarnings(as: TeacherNetwork.self)
        return Teacher(network, fileName: (checkpoint.path as NSString).lastPathComponent, sha256: sha256)
    }

    /// What the student's checkpoint notes of the preprocessing of its teacher, if the file of this hash is that and nothing is said of it.
    private static func known(
        of sha256: String, _ reading: ReadingOptions<TeacherNetwork>, from student: Checkpoint
    ) throws -> ImageNetwork.Input.Stated? {
        guard reading.inputSize == nil, reading.preprocessing == nil, student.metadata["teacher_sha256"] == sha256,
            let note = student.metadata[preprocessingNote]
        else { return nil }
        do { return try .init(.told, text: note, name: preprocessingNote) } catch let problem as Problem {
            throw Problem(
                "The student's checkpoint notes no preprocessing of its teacher that is understood: \(problem.summary)",
                explanation: problem.explanation, remedy: "Say it with --teacher-preprocessing.")
        }
    }

    /// As students' checkpoints record it: of all files where tensors stand in several. Nil where the file cannot be read.
    private static func recordedHash(of path: String) -> String? {
        guard let checkpoint = try? Checkpoint.read(path: path) else { return try? FileHash.sha256(path: path) }
        return try? NetworkDescription.Checkpoint(checkpoint).sha256
    }

    /// The file of the name and the hash that the student's checkpoint records, in its own folder. One with another hash is another file.
    private static func beside(
        _ checkpoint: Checkpoint, _ reading: ReadingOptions<TeacherNetwork>
    ) -> (teacher: Teacher?, warnings: [RunManifest.Warning]) {
        // A name is no path: the checkpoint is not asked where to look.
        guard let name = checkpoint.metadata["teacher"], !name.isEmpty, !name.contains("/"), !name.hasPrefix("."), !name.utf8.contains(0),
            let hash = checkpoint.metadata["teacher_sha256"]
        else { return (nil, []) }
        let path = PathText.file(name, beside: checkpoint.path)
        guard FileManager.default.fileExists(atPath: path), recordedHash(of: path) == hash else { return (nil, []) }
        var reading = reading
        reading.architecture = reading.architecture ?? checkpoint.metadata["teacher_architecture"]
        do {
            return (try read(path, reading, sha256: hash, for: checkpoint), [])
        } catch {
            let problem = error as? Problem
            return (
                nil,
                [
                    .init(
                        summary: "The teacher \(name) beside the checkpoint could not be used", explanation: problem?.summary ?? "\(error)",
                        remedy: problem?.remedy)
                ]
            )
        }
    }
}
