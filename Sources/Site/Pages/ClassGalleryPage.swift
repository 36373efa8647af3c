/// All classes at a glance.
struct ClassGalleryPage {
    let context: SiteContext

    /// Bytes that the classes of a page may take, about: with the frame below 100 kB.
    private static let bytes = 60_000

    private enum Item {
        case card(Int)
        case name(Int)
    }

    func write() throws {
        guard let table = context.content.classes else { return }
        let shown = context.content.shownClasses
        let others = Set(table.classes.indices).subtracting(shown).sorted()
        let pages = Self.pages(of: shown.map(Item.card) + others.map(Item.name), name: context.content.className)
        let parts = PartPages(of: pages.count, size: 1, in: "classes")
        for number in 1...parts.count {
            let page = pages.indices.contains(number - 1) ? pages[number - 1] : []
            let cards = page.compactMap { if case .card(let index) = $0 { index } else { nil } }
            let names = page.compactMap { if case .name(let index) = $0 { index } else { nil } }
            var fields: Fields = [
                "count": Number.count(table.classes.count, "class", "classes"),
                "prototypes": Number.grouped(context.content.classPrototypes.count),
                "hasPrototypes": !context.content.classPrototypes.isEmpty,
                "classCards": try cards.map { try ClassPage.card($0, table.classes[$0], in: context) }, "hasCards": !cards.isEmpty,
                "hasOthers": !names.isEmpty, "otherCount": Number.count(others.count, "class", "classes"),
                "others": names.map { ["class": context.classLink($0)] as Fields },
            ]
            fields.add(parts.fields(on: number))
            try context.write(
                "classes", fields, to: parts.path(number), title: number == 1 ? "Classes" : "Classes, page \(number)", section: .classes)
        }
    }

    /// The classes of each page: as many as fit, since names can be long.
    private static func pages(of items: [Item], name: (Int) -> String) -> [[Item]] {
        var pages: [[Item]] = []
        var room = 0
        for item in items {
            let needed =
                switch item {
                case .card(let index): 500 + PlainText.html(name(index)).utf8.count
                case .name(let index): 60 + PlainText.html(name(index)).utf8.count
                }
            if needed > room || pages.isEmpty {
                pages.append([])
                room = bytes
            }
            pages[pages.count - 1].append(item)
            room -= needed
        }
        return pages
    }
}
