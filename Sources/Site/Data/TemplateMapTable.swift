import Run

/// The numbers of one image's maps as comma-separated values (RFC 4180), a position a line.
struct TemplateMapTable {
    let map: TemplateMaps.Map
    let grid: [Int]
    let content: TemplateContent
    let className: (Int) -> String

    var text: String {
        var lines = ["row,column,student_template,student_class,strength" + (map.teacher == nil ? "" : ",teacher_template,teacher_class,teacher_strength")]
        func kind(_ template: Int?) -> String { template.flatMap(content.classOf).map(className) ?? "" }
        for place in map.student.indices {
            var cells = [
                String(place / grid[1]), String(place % grid[1]), map.student[place].map(String.init) ?? "", kind(map.student[place]),
                Number.exact(map.strengths[place]),
            ]
            if let teacher = map.teacher {
                cells += [String(teacher[place]), kind(teacher[place]), Number.exact(map.teacherStrengths?[place])]
            }
            lines.append(cells.map(PlainText.csv).joined(separator: ","))
        }
        return PlainText.csvFile(lines)
    }
}
