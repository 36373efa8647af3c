import Run

/// One line-up as a page shows it: pictures to pick from, and the answers, which stay closed until they are asked for.
struct LineUpQuestion {
    let context: SiteContext
    let layer: String
    let question: LineUp.Question

    /// Nil when the run lacks one of the pictures: what is left would give itself away.
    func fields() throws -> Fields? {
        let known = context.content.images.images
        var choices: [Fields] = [], rows: [Fields] = []
        for (shown, letter) in zip(question.pictures, "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map(String.init)) {
            guard let path = try place(of: shown) else { return nil }
            choices.append(["letter": letter, "picture": context.picture(path, alt: "Real image", .medium, sides: sides(shown))])
            let row: Fields = [
                "letter": letter, "excites": shown.excites, "isReference": shown.isReference,
                "activation": Number.short(shown.activation), "share": Number.percent(shown.shareBelow),
                "class": known[shown.image]?.label.map(context.classLink), "path": known[shown.image]?.path,
            ]
            rows.append(row)
        }
        let right = zip(question.pictures, choices).compactMap { $0.excites ? $1.child(named: "letter") as? String : nil }
        guard !right.isEmpty, right.count < choices.count else { return nil }
        return [
            "answer": right.joined(separator: " "), "subject": "\(layer)/\(question.unit)", "count": String(right.count),
            "right": right.dropLast().joined(separator: ", ") + (right.count > 1 ? " and " : "") + (right.last ?? ""),
            "layer": layer, "unit": String(question.unit), "isOne": right.count == 1,
            "href": "layers/\(RunPath.key(for: layer))/\(question.unit)/index.html",
            "choices": choices, "rows": rows,
            "hasClasses": question.pictures.contains { known[$0.image]?.label != nil },
            "hasReferences": question.pictures.contains { $0.isReference },
        ]
    }

    private func place(of shown: LineUp.Shown) throws -> String? {
        guard shown.window != nil else { return try context.imagePath(shown.image) }
        return try context.windowPicture(shown.picture)
    }

    private func sides(_ shown: LineUp.Shown) -> (height: Int, width: Int)? {
        context.part(shown.window).map { (height: $0.height, width: $0.width) }
    }
}
