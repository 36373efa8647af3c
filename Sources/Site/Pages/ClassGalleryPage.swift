/// All classes at a glance.
struct ClassGalleryPage {
    let context: SiteContext

    func write() throws {
        guard let table = context.content.classes else { return }
        let fields: Fields = [
            "count": Number.count(table.classes.count, "class", "classes"),
            "prototypes": Number.grouped(context.content.classPrototypes.count),
            "hasPrototypes": !context.content.classPrototypes.isEmpty,
            "classCards": try table.classes.indices.map { try ClassPage.card($0, table.classes[$0], in: context) },
        ]
        try context.write("classes", fields, to: "classes/index.html", title: "Classes", section: .classes)
    }
}
