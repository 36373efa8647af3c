import Run

/// Line-ups of some units of every layer, in a row: the user study.
struct LineUpPage {
    let context: SiteContext

    static let path = "line-up/index.html"

    func write() throws {
        let content = context.content
        var number = 0
        let questions = try content.lineUp.compactMap { entry -> Fields? in
            guard var fields = try LineUpQuestion(context: context, layer: entry.layer, question: entry.question).fields() else {
                return nil
            }
            let picture = "layers/\(RunPath.key(for: entry.layer))/\(entry.question.unit)/prototype.png"
            guard context.folder.contains(picture) else { return nil }
            number += 1
            fields["number"] = String(number)
            fields["prototype"] = context.picture(picture, alt: "Prototype \(number)", .large, isLazy: number > 1)
            return fields
        }
        let layers = Set(content.lineUp.map(\.layer)).count
        let fields: Fields = [
            "network": content.network.displayName, "questions": questions, "hasQuestions": !questions.isEmpty,
            "count": Number.count(questions.count, "line-up"), "layers": Number.count(layers, "layer"),
            "seed": String(content.manifest.options.seed), "drawn": Number.grouped(content.lineUpDrawn),
            "pictures": String(content.lineUp.first?.question.pictures.count ?? 0),
            "four": String(content.lineUp.first?.question.pictures.count { $0.excites } ?? 0),
            "hasWindows": content.lineUp.contains { $0.question.pictures.contains { $0.window != nil } },
        ]
        try context.write("line-up", fields, to: Self.path, title: "Line-up", section: .lineUp)
    }
}
