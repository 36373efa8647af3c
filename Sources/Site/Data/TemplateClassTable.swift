import Run

/// How a layer's templates are matched in images of each class, as comma-separated values (RFC 4180), a class a line.
struct TemplateClassTable {
    let content: TemplateContent
    let context: SiteContext

    var text: String {
        var lines = ["class,name,positions,matched,agreed,agreed_in_class"]
        for (index, tally) in content.layer.classPositions.enumerated() {
            let cells = [
                String(index), context.content.className(index), String(tally.all), String(tally.matched), tally.agreed.map(String.init) ?? "",
                tally.agreedInClass.map(String.init) ?? "",
            ]
            lines.append(cells.map(PlainText.csv).joined(separator: ","))
        }
        return PlainText.csvFile(lines)
    }
}
