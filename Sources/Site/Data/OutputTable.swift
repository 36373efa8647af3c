import Run

/// The outputs of teacher and student side by side, over all images and by class.
struct OutputTable {
    let outputs: TeacherComparison.Outputs
    let className: (Int) -> String

    /// A line of the table.
    struct Row {
        /// Nil for all images.
        var index: Int?
        var images: String
        /// Empty without labels.
        var teacher: String
        var student: String
        var difference: String
        var agreed: String
        var agreement: Float
        /// At each of the temperatures.
        var divergences: [String]
    }

    /// Numbers of temperatures as heads of columns.
    var temperatures: [String] { outputs.temperatures.map { Number.plain(Double($0)) } }
    /// Classes with images.
    var count: Int { outputs.classes.count { $0.images > 0 } }
    var total: Row { row(outputs.total, nil) }

    /// In the order of classes; where there are more than `limit`, those of which student and teacher agree least.
    func rows(atMost limit: Int) -> [Row] {
        var indices = outputs.classes.indices.filter { outputs.classes[$0].images > 0 }
        if indices.count > limit {
            indices = indices.sorted { (Self.agreement(outputs.classes[$0]), $0) < (Self.agreement(outputs.classes[$1]), $1) }.prefix(limit).sorted()
        }
        return indices.map { row(outputs.classes[$0], $0) }
    }

    private func row(_ tally: TeacherComparison.Tally, _ index: Int?) -> Row {
        let difference = Double(tally.studentCorrect - tally.teacherCorrect) / Double(max(1, tally.labelled))
        return Row(
            index: index, images: Number.grouped(tally.images), teacher: Self.share(tally.teacherCorrect, of: tally.labelled),
            student: Self.share(tally.studentCorrect, of: tally.labelled), difference: tally.labelled > 0 ? Number.signedPoints(difference) : "–",
            agreed: Self.share(tally.agreed, of: tally.images), agreement: Self.agreement(tally),
            divergences: outputs.temperatures.indices.map { tally.divergences.indices.contains($0) ? Number.short(tally.divergences[$0]) : "–" })
    }

    private static func agreement(_ tally: TeacherComparison.Tally) -> Float { Float(tally.agreed) / Float(max(1, tally.images)) }

    /// As percent; a dash of none.
    static func share(_ count: Int, of all: Int) -> String { all > 0 ? Number.percent(Float(count) / Float(all)) : "–" }

    /// As comma-separated values (RFC 4180), a class a line.
    var csv: String {
        let head = ["class", "name", "images", "agreed"] + (outputs.isLabelled ? ["teacher_correct", "student_correct", "both_correct", "same_mistake"] : [])
            + temperatures.map { "kl_nats_t\($0)" }
        let lines = outputs.classes.enumerated().filter { $0.element.images > 0 }.map { index, tally in
            let right = outputs.isLabelled ? [tally.teacherCorrect, tally.studentCorrect, tally.bothCorrect, tally.sameMistake] : []
            let cells = [String(index), className(index), String(tally.images), String(tally.agreed)] + right.map(String.init)
                + outputs.temperatures.indices.map { Number.exact(tally.divergences.indices.contains($0) ? tally.divergences[$0] : nil) }
            return cells.map(PlainText.csv).joined(separator: ",")
        }
        return PlainText.csvFile([head.joined(separator: ",")] + lines)
    }

    /// The images that are shown, one a line.
    func examples(_ path: (Int) -> String?, label: (Int) -> Int?) -> String {
        var lines = ["kind,image,path,label,teacher,teacher_probability,student,student_probability,kl_nats"]
        for (kind, list) in [("all", outputs.widest), ("only_teacher_right", outputs.onlyTeacher), ("only_student_right", outputs.onlyStudent)] {
            for example in list {
                let cells = [
                    kind, String(example.image), path(example.image) ?? "", label(example.image).map(className) ?? "",
                    className(example.teacher.index), Number.exact(example.teacher.probability), className(example.student.index),
                    Number.exact(example.student.probability), Number.exact(example.divergence),
                ]
                lines.append(cells.map(PlainText.csv).joined(separator: ","))
            }
        }
        return PlainText.csvFile(lines)
    }
}
