import Analysis
import ArgumentParser
import Network

/// The teacher of a student that a report is about.
struct TeacherOptions: ParsableArguments {
    @Option(
        help: """
            The teacher's checkpoint: its outputs stand beside the student's, and what it assigns beside the templates that the student \
            matches. Left out, the one that the student's checkpoint names is taken, if it lies beside it.
            """)
    var teacher: String?
    @OptionGroup var reading: ReadingOptions<TeacherNetwork>

    /// The teacher of the student in `checkpoint`. Throws a `Problem` when one is named that cannot be read.
    func find(for checkpoint: Checkpoint) throws -> FoundTeacher {
        try FoundTeacher(of: checkpoint, path: teacher, reading: reading)
    }
}
