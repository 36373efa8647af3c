import Run

/// The numbers of a layer's templates as comma-separated values (RFC 4180), a template a line.
struct TemplateTable {
    let content: TemplateContent
    let context: SiteContext

    var text: String {
        var lines = [
            "template,class,uses,teacher_uses,agreed,most_in_class,most_in_class_uses,strongest_image,strongest_match,nearest_template,"
                + "cosine,most_confused_with,share_confused,principal_1,principal_2,embedded_1,embedded_2"
        ]
        let name = context.content.className
        for template in content.layer.templates {
            let most = template.classUses.first
            let strongest = template.windows.first
            let confused = template.confusions?.first { $0.template != template.index }
            func place(_ values: [Float]?, _ axis: Int) -> String {
                guard let values, values.indices.contains(axis) else { return "" }
                return Number.exact(values[axis])
            }
            let cells: [String] = [
                String(template.index), template.owner.map(name) ?? "", String(template.uses), template.teacherUses.map(String.init) ?? "",
                template.agreed.map(String.init) ?? "", most.map { name($0.index) } ?? "", most.map { String($0.positions) } ?? "",
                strongest.flatMap { context.content.images.images[$0.image]?.path } ?? "", Number.exact(strongest?.activation),
                template.neighbours.first.map { String($0.template) } ?? "", Number.exact(template.neighbours.first?.cosine),
                confused.map { String($0.template) } ?? "", Number.exact(confused?.share), place(template.principal, 0),
                place(template.principal, 1), place(template.embedded, 0), place(template.embedded, 1),
            ]
            lines.append(cells.map(PlainText.csv).joined(separator: ","))
        }
        return PlainText.csvFile(lines)
    }
}
