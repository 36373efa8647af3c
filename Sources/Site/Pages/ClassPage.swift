import Run

/// A class: its prototype, the real images it was matched to, and how the network does on the class.
struct ClassPage {
    let context: SiteContext
    let entry: ClassTable.Class
    let index: Int
    let count: Int

    static func picturePath(_ index: Int) -> String { "classes/\(index)/prototype.png" }

    /// The classes before and behind in the gallery; for one that is not in it, by number.
    private var neighbours: (previous: Int?, next: Int?) {
        let shown = context.content.shownClasses
        if let place = shown.firstIndex(of: index) {
            return (place > 0 ? shown[place - 1] : nil, place + 1 < shown.count ? shown[place + 1] : nil)
        }
        return (index > 0 ? index - 1 : nil, index + 1 < count ? index + 1 : nil)
    }

    func write() throws {
        let name = context.content.className(index)
        let prototype = context.content.classPrototypes[index]
        let manifest = context.content.manifest
        var fields: Fields = [
            "name": name, "index": String(index), "page": "classes/\(index)/index.html",
            "previous": neighbours.previous.map(context.classLink), "next": neighbours.next.map(context.classLink),
            "hasImages": entry.images > 0,
            "images": Number.count(entry.images, "image"), "correct": Number.grouped(entry.correct),
            "accuracy": entry.images > 0 ? Number.percent(Float(entry.correct) / Float(entry.images)) : nil,
            "hasConfusions": !entry.confusedWith.isEmpty,
            "confusions": entry.confusedWith.map { confusion -> Fields in
                let share = Float(confusion.images) / Float(max(entry.images, 1))
                return [
                    "class": context.classLink(confusion.index), "images": Number.grouped(confusion.images),
                    "share": Number.percent(share), "bar": ShareBar.ornament(share, width: 120),
                ]
            },
            "command": manifest.options.command,
            "figure": prototype.map { _ in "vitrine figure \(ClassesFigure.kind) --run RUN --classes \(index) --venue cvpr --out figures" },
            "bibTeX": Citation.bibTeX(manifest, subject: "Class \(name)", key: "class-\(index)", author: context.content.presentation.author, url: context.content.presentation.baseURL),
        ]
        if let note = context.content.notes.classes[index] { fields.add(note.fields) }
        fields.add(ClassFlowFields(context: context, index: index).fields())
        if let prototype {
            fields.add(
                try PrototypeSection.fields(
                    of: prototype, subject: "the class \(name)", curve: PlainText.safe(name), in: "classes/\(index)",
                    fileName: "class-\(index).png", references: .small, context))
            if let entry = context.content.classPaths[.classOutput(index: index)] {
                fields.add(PathSection.fields(of: entry, at: nil, subject: "the class \(name)", other: "classes"))
            }
            let trust = prototype.trust
            fields["trust"] =
                [
                    "isRecognised": trust.predicted == index,
                    "agreement": trust.seedAgreement.map { Number.short($0) },
                    "seeds": String(prototype.otherSeeds.count + 1),
                    "logit": Number.short(trust.activation),
                    "multiple": trust.multipleOfLargest.map { Number.short($0) },
                    "percentile": trust.percentile.map { Number.percent($0 / 100) },
                    "probability": trust.probability.map(Number.percent),
                    "predicted": trust.predicted.map(context.classLink),
                    "predictedProbability": trust.predictedProbability.map(Number.percent),
                ] as Fields
        }
        try context.write("class", fields, to: "classes/\(index)/index.html", title: name, section: .classes)
    }

    /// A class as a card of a gallery.
    static func card(_ index: Int, _ entry: ClassTable.Class, in context: SiteContext) throws -> Fields {
        let name = context.content.className(index)
        var fields: Fields = [
            "name": name, "href": "classes/\(index)/index.html",
            "accuracy": entry.images > 0 ? Number.percent(Float(entry.correct) / Float(entry.images)) : nil,
        ]
        if let prototype = context.content.classPrototypes[index],
            let path = try context.prototypePath(prototype, at: picturePath(index))
        {
            fields["picture"] = context.picture(path, alt: "", .medium)
            fields["isMistaken"] = prototype.trust.predicted.map { $0 != index } ?? false
            fields["seenAs"] = prototype.trust.predicted.map(context.content.className)
        }
        return fields
    }
}
