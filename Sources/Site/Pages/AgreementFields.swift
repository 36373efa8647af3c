import Run

/// How answers came to agree over a student's training, as a section of the page of teacher and student.
struct AgreementFields {
    let context: SiteContext
    let history: AgreementHistory

    static let epochsPath = "teacher/agreement.csv"
    static let classesPath = "teacher/agreement-classes.csv"

    /// The section's fields, with the tables that it offers written beside the page; nil where no epoch was counted.
    func write() throws -> Fields? {
        let counted = history.epochs.filter { $0.agreement != nil }
        guard let first = counted.first, let last = counted.last else { return nil }
        let table = AgreementTable(history: history, className: context.content.className), rows = table.rows(atMost: TeacherPage.shownClasses)
        try context.folder.write(table.csv, to: Self.epochsPath)
        if !rows.isEmpty { try context.folder.write(table.classesCSV, to: Self.classesPath) }
        return [
            "chart": LineChart(history).chart(id: "training-chart", title: "Agreement of student and teacher over training"),
            "first": fields(of: first), "last": counted.count > 1 ? fields(of: last) : nil, "csv": Self.epochsPath,
            "classes": rows.isEmpty
                ? nil
                : [
                    "csv": Self.classesPath, "epochs": table.shown.map { Number.grouped($0.number) }, "total": fields(of: table.total),
                    "rows": rows.map { row -> Fields in
                        var fields = fields(of: row)
                        fields["class"] = row.index.map(context.classLink)
                        return fields
                    },
                    "hidden": table.count > rows.count ? Number.grouped(table.count) : nil,
                ] as Fields,
        ]
    }

    private func fields(of epoch: AgreementHistory.Epoch) -> Fields {
        [
            "number": Number.grouped(epoch.number), "agreement": AgreementTable.percent(epoch.agreement),
            "student": AgreementTable.percent(epoch.student), "teacher": AgreementTable.percent(epoch.teacher),
        ]
    }

    private func fields(of row: AgreementTable.Row) -> Fields {
        ["images": row.images, "shares": row.shares, "bar": ShareBar.ornament(row.last, width: 64)]
    }
}
