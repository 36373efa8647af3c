/// All classes at a glance.
struct ClassGalleryPage {
    let context: SiteContext

    func write() throws {
        guard let table = context.content.classes else { return }
        let shown = context.content.shownClasses
        let others = Set(table.classes.indices).subtracting(shown).sorted()
        let fields: Fields = [
            "count": Number.count(table.classes.count, "class", "classes"),
            "prototypes": Number.grouped(context.content.classPrototypes.count),
            "hasPrototypes": !context.content.classPrototypes.isEmpty,
            "classCards": try shown.map { try ClassPage.card($0, table.classes[$0], in: context) },
            "hasOthers": !others.isEmpty, "otherCount": Number.count(others.count, "class", "classes"),
            "others": others.map { ["class": context.classLink($0)] as Fields },
        ]
        try context.write("classes", fields, to: "classes/index.html", title: "Classes", section: .classes)
    }
}
