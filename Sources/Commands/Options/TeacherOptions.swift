import Analysis
import ArgumentParser
import Network

/// The teacher of a student that a report is about.
struct TeacherOptions: ParsableArguments {
    @Option(
        help: """
            The teacher's checkpoint, for a student that matches templates: what it assigns is compared with what the student matches. Left out, \
            the one that the student's checkpoint names is taken, if it lies beside it.
            """)
    var teacher: String?
    @OptionGroup var reading: ReadingOptions<TeacherNetwork>

    /// The teacher of `student`. Throws a `Problem` when one is named that cannot be read, or the network matches no templates.
    func find(for student: ImageNetwork, in checkpoint: Checkpoint) throws -> FoundTeacher {
        try FoundTeacher(of: student, in: checkpoint, path: teacher, reading: reading)
    }
}
