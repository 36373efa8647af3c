import Run

/// Teacher and student, output beside output: who is right, where they agree, how far they are apart.
struct TeacherPage {
    let context: SiteContext
    let comparison: TeacherComparison

    static let path = "teacher/index.html"
    /// Classes in the table: those of which the two agree least where there are more.
    static let shownClasses = 100

    func write() throws {
        let content = context.content
        var fields: Fields = [
            "student": content.network.displayName, "teacher": comparison.teacher.displayName, "file": comparison.teacher.fileName,
            "hash": comparison.teacher.sha256.map { String($0.prefix(16)) }, "method": comparison.method,
            "hasTemplates": content.distillation != nil, "seesSamePictures": comparison.seesSamePictures,
            "size": Number.shape(Array(comparison.teacherInput.dropFirst())), "isResampled": comparison.isResampled(content.network),
            "obstacle": comparison.outputs == nil ? obstacle : nil,
            "options": comparison.options.map { ["name": $0.name, "value": $0.value] as Fields }, "hasOptions": !comparison.options.isEmpty,
            "warnings": comparison.warnings.map(\.fields),
            "hasWarnings": !comparison.warnings.isEmpty,
        ]
        if let outputs = comparison.outputs {
            fields["outputs"] = try self.fields(of: outputs)
            let table = OutputTable(outputs: outputs, className: content.className)
            try context.folder.write(table.csv, to: "teacher/classes.csv")
            try context.folder.write(
                table.examples { content.images.images[$0]?.path } label: { content.images.images[$0]?.label }, to: "teacher/images.csv")
        }
        fields["history"] = try comparison.history.flatMap { try AgreementFields(context: context, history: $0).write() }
        try context.write("teacher", fields, to: Self.path, title: "Teacher and student", section: .teacher)
    }

    /// Why outputs are not compared.
    private var obstacle: String {
        let (student, teacher) = (comparison.studentClasses, comparison.teacherClasses)
        guard student > 0, teacher > 0 else {
            return "\(student > 0 ? "The teacher" : "The student") has no classes: there are no outputs of the same meaning to put side by side."
        }
        guard student != teacher else {
            return "Both tell \(Number.count(student, "class", "classes")) apart, but not the same ones, as their files say: "
                + "their outputs are not compared."
        }
        return "The teacher tells \(Number.count(teacher, "class", "classes")) apart, the student \(Number.grouped(student)): "
            + "their outputs do not mean the same, and are not compared."
    }

    /// What the overview says of it.
    func summary() -> Fields {
        let outputs = comparison.outputs
        return [
            "href": Self.path, "teacher": comparison.teacher.displayName,
            "agreed": outputs.map { OutputTable.share($0.total.agreed, of: $0.total.images) },
            "accuracy": outputs.flatMap { outputs -> Fields? in
                let total = outputs.total
                guard total.labelled > 0 else { return nil }
                return [
                    "teacher": OutputTable.share(total.teacherCorrect, of: total.labelled),
                    "student": OutputTable.share(total.studentCorrect, of: total.labelled),
                ]
            },
        ]
    }

    private func fields(of outputs: TeacherComparison.Outputs) throws -> Fields {
        let table = OutputTable(outputs: outputs, className: context.content.className), shown = table.rows(atMost: Self.shownClasses)
        let total = outputs.total
        return [
            "images": Number.count(total.images, "image"), "isLabelled": outputs.isLabelled, "agreed": table.total.agreed,
            "undefined": outputs.undefined > 0 ? Number.count(outputs.undefined, "image") : nil,
            "accuracy": total.labelled > 0
                ? ["teacher": table.total.teacher, "student": table.total.student, "labelled": Number.grouped(total.labelled)] as Fields : nil,
            "divergences": total.images > 0
                ? zip(table.temperatures, table.total.divergences).map { ["temperature": $0, "value": $1] as Fields } : [],
            "temperatures": table.temperatures, "answers": total.labelled > 0 ? answers(total) : nil,
            "total": fields(of: table.total),
            "rows": shown.map { row -> Fields in
                var fields = fields(of: row)
                fields["class"] = row.index.map(context.classLink)
                return fields
            },
            "hiddenClasses": table.count > shown.count ? Number.grouped(table.count) : nil,
            "galleries": try [
                ("only-teacher", "Only the teacher is right", outputs.onlyTeacher, total.teacherCorrect - total.bothCorrect),
                ("only-student", "Only the student is right", outputs.onlyStudent, total.studentCorrect - total.bothCorrect),
                ("widest", "Farthest apart", outputs.widest, total.images),
            ].filter { !$0.2.isEmpty }.map { id, title, examples, count -> Fields in
                [
                    "id": id, "title": title, "shown": Number.grouped(examples.count), "count": Number.count(count, "image"),
                    "isPart": examples.count < count, "examples": try examples.compactMap(example),
                ]
            },
        ]
    }

    private func fields(of row: OutputTable.Row) -> Fields {
        [
            "images": row.images, "teacher": row.teacher, "student": row.student, "difference": row.difference, "agreed": row.agreed,
            "bar": ShareBar.ornament(row.agreement, width: 64), "divergences": row.divergences,
        ]
    }

    /// Right and wrong of both, and what their difference is worth.
    private func answers(_ total: TeacherComparison.Tally) -> Fields {
        let all = total.labelled, onlyTeacher = total.teacherCorrect - total.bothCorrect, onlyStudent = total.studentCorrect - total.bothCorrect
        let neither = all - total.bothCorrect - onlyTeacher - onlyStudent
        func cell(_ count: Int) -> Fields { ["count": Number.grouped(count), "share": OutputTable.share(count, of: all)] }
        let change = Double(onlyStudent - onlyTeacher) / Double(all)
        // Of paired answers only those that differ say anything (McNemar 1947).
        let spread = max(0, Double(onlyStudent + onlyTeacher) / Double(all) - change * change)
        return [
            "both": cell(total.bothCorrect), "onlyTeacher": cell(onlyTeacher), "onlyStudent": cell(onlyStudent), "neither": cell(neither),
            "difference": change == 0
                ? nil : ["points": Number.fixed(abs(change) * 100, 1), "side": change < 0 ? "below" : "above"] as Fields, "margin": Number.fixed(196 * (spread / Double(all)).squareRoot(), 1),
            "mistakes": neither > 0
                ? ["share": OutputTable.share(total.sameMistake, of: neither), "count": Number.grouped(neither)] as Fields : nil,
        ]
    }

    private func example(_ example: TeacherComparison.Example) throws -> Fields? {
        guard var fields = try context.realImage(example.image, .small) else { return nil }
        func answer(_ answer: TeacherComparison.Answer) -> Fields {
            ["class": context.content.className(answer.index), "share": Number.percent(answer.probability)]
        }
        fields["teacher"] = answer(example.teacher)
        fields["student"] = answer(example.student)
        fields["divergence"] = Number.short(example.divergence)
        return fields
    }
}
