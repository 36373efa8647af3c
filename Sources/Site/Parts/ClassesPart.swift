import Run

/// The classes, and a gallery of them.
final class ClassesPart: SitePart {
    static let entry = SiteEntry(section: .classes, title: "Classes", href: "classes/index.html", hasMore: true)

    /// Classes on the overview; the rest is one click away.
    private static let shownClasses = 60

    private let classes: [ClassTable.Class]

    init?(_ content: RunContent) {
        guard let table = content.classes else { return nil }
        classes = table.classes
    }

    func write(_ context: SiteContext, _ report: inout Report) throws {
        for (index, entry) in classes.enumerated() {
            try ClassPage(context: context, entry: entry, index: index, count: classes.count).write()
            report.add(entry, at: index, of: context.content, in: context.folder)
        }
        context.search.addClasses(classes.count, of: context.content)
        try ClassGalleryPage(context: context).write()
    }

    func overview(_ context: SiteContext) throws -> Fields {
        let cards = try context.content.shownClasses.prefix(Self.shownClasses).map { try ClassPage.card($0, classes[$0], in: context) }
        return [
            "classCards": cards, "hasClasses": !cards.isEmpty,
            "moreClasses": classes.count > cards.count ? Number.grouped(classes.count) : nil,
            "hasClassPrototypes": !context.content.classPrototypes.isEmpty,
        ]
    }
}

extension SiteContext.Section {
    static let classes = Self("Classes")
}
