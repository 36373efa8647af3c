import Run

/// What the network says beside its teacher.
final class TeacherPart: SitePart {
    static let entry = SiteEntry(section: .teacher, title: "Teacher", href: TeacherPage.path, hasMore: false)

    private let comparison: TeacherComparison

    init?(_ content: RunContent) throws {
        guard let comparison = try content.run.read(TeacherComparison.self, from: .teacher) else { return nil }
        self.comparison = comparison
    }

    func write(_ context: SiteContext, _ report: inout Report) throws {
        try page(context).write()
        report.teacher = Report.Teacher(comparison)
    }

    private func page(_ context: SiteContext) -> TeacherPage { TeacherPage(context: context, comparison: comparison) }

    func overview(_ context: SiteContext) throws -> Fields { ["teaching": page(context).summary()] }

    func method(_ context: SiteContext) throws -> Fields {
        guard let outputs = comparison.outputs else { return [:] }
        return [
            "teaching": [
                "teacher": comparison.teacher.displayName, "images": Number.grouped(outputs.total.images),
                "seesSamePictures": comparison.seesSamePictures, "size": Number.shape(Array(comparison.teacherInput.dropFirst())),
                "isResampled": comparison.isResampled(context.content.network),
            ] as Fields
        ]
    }
}

extension TeacherComparison {
    /// True where the teacher sees the pictures of `student` in another size.
    func isResampled(_ student: NetworkDescription) -> Bool { seesSamePictures && teacherInput.dropFirst() != student.inputShape.dropFirst() }
}

extension SiteContext.Section {
    static let teacher = Self("Teacher")
}
