/// The numbered pages over which a long list is spread: whatever its length, none gets heavy, and without a script all of it can be reached.
struct PartPages {
    /// Pages; one where there is nothing to list.
    let count: Int
    private let size: Int
    private let items: Int
    private let folder: String

    /// - Parameters:
    ///   - items: what there is to list.
    ///   - size: how many of them a page has, at most.
    ///   - folder: where the pages lie: `index.html`, `part-2.html` and so on; empty for the site's own folder.
    init(of items: Int, size: Int, in folder: String) {
        self.items = items
        self.size = size
        self.folder = folder.isEmpty ? "" : folder + "/"
        count = max(1, (items + size - 1) / size)
    }

    func path(_ number: Int) -> String { number == 1 ? "\(folder)index.html" : "\(folder)part-\(number).html" }

    /// The places in the list that the page `number`, from 1, has.
    func places(on number: Int) -> Range<Int> { min(items, (number - 1) * size)..<min(items, number * size) }

    /// How the page `number` leads to the others: `turning` with the numbers of the first, the last and those nearby, `previousPage`
    /// and `nextPage`.
    func fields(on number: Int) -> Fields {
        let near = Set([1, count] + Array(max(1, number - 2)...min(count, number + 2))).sorted()
        var turning: [Fields] = []
        for (place, page) in near.enumerated() {
            let isGap = place > 0 && near[place - 1] + 1 < page
            turning.append(["number": String(page), "href": page == number ? nil : path(page), "isBehindGap": isGap])
        }
        func neighbour(_ page: Int) -> Fields? { (1...count).contains(page) ? ["href": path(page)] : nil }
        return [
            "isFirst": number == 1, "page": String(number), "pages": String(count), "firstPage": path(1), "hasPages": count > 1,
            "turning": turning, "previousPage": neighbour(number - 1), "nextPage": neighbour(number + 1),
        ]
    }
}
