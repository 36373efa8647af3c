import Run

/// What the search field looks through: layers with their units and concepts, classes, templates. Written as `search.js`, which a page
/// loads when the field is used.
struct SearchIndex: Encodable {
    static let path = "search.js"

    /// Names by number: those of the classes, and of others that units respond to.
    private(set) var classes: [String] = []
    /// The first so many of `classes` have a page.
    private(set) var classPages = 0
    private(set) var layers: [Layer] = []
    private(set) var templates: [Templates] = []
    private(set) var notes: [NoteEntry] = []

    struct Layer: Encodable {
        var name: String
        var folder: String
        var count: Int
        /// Nil where they are numbered from 0 without a gap.
        var units: [Int]?
        /// Of each unit the `SearchIndex.tops` classes that it responds to most; -1 where there are fewer.
        var top: [Int]
        /// Numbers of the units that no image excites.
        var dead: [Int]
        var concepts: [Int]
        var conceptTop: [Int]
    }

    struct Templates: Encodable {
        var name: String
        var folder: String
        var noun: String
        /// Those with a page.
        var numbers: [Int]
        /// The class of each; -1 for none.
        var owner: [Int]
    }

    struct NoteEntry: Encodable {
        /// What it is about: `layer3 · unit 12`.
        var name: String
        var words: String
        var href: String
        /// `words` for what a unit goes with; nil for a note.
        var kind: String?
    }

    static let tops = 3

    mutating func add(_ layer: LayerContent, of content: RunContent) {
        let units = layer.statistics.units
        let numbers = units.map(\.unit)
        let concepts = layer.concepts?.concepts ?? []
        layers.append(
            Layer(
                name: PlainText.safe(layer.name), folder: layer.folder, count: units.count,
                units: numbers.elementsEqual(numbers.indices) ? nil : numbers, top: top(units, content), dead: layer.deadUnits,
                concepts: concepts.map(\.index), conceptTop: top(concepts.map(\.statistics), content)))
        addWords(of: layer)
    }

    /// The words that units of the layer go with.
    private mutating func addWords(of layer: LayerContent) {
        for unit in layer.statistics.units {
            guard let words = layer.words(of: unit.unit)?.fitting, !words.isEmpty else { continue }
            notes.append(
                NoteEntry(
                    name: PlainText.safe("\(layer.name) · unit \(unit.unit)"), words: words.map { PlainText.clipped($0.word) }.joined(separator: ", "),
                    href: layer.page(of: unit.unit), kind: "words"))
        }
    }

    private mutating func top(_ units: [LayerStatistics.Unit], _ content: RunContent) -> [Int] {
        var result: [Int] = []
        result.reserveCapacity(units.count * Self.tops)
        for unit in units {
            let top = unit.isDead ? [] : unit.topClasses(Self.tops).map(\.index)
            if let highest = top.max() { name(upTo: highest + 1, content) }
            result += top + Array(repeating: -1, count: Self.tops - top.count)
        }
        return result
    }

    private mutating func name(upTo count: Int, _ content: RunContent) {
        while classes.count < count { classes.append(PlainText.safe(content.className(classes.count))) }
    }

    /// The classes that have a page: the first `count`.
    mutating func addClasses(_ count: Int, of content: RunContent) {
        name(upTo: count, content)
        classPages = count
    }

    mutating func add(_ templates: TemplateContent, of content: RunContent) {
        let owners = templates.shown.map { templates.classOf($0.index) ?? -1 }
        if let highest = owners.max() { name(upTo: highest + 1, content) }
        self.templates.append(
            Templates(
                name: PlainText.safe(templates.name), folder: templates.folder, noun: templates.noun, numbers: templates.shown.map(\.index),
                owner: owners))
    }

    /// What a researcher wrote, in the order of the pages.
    mutating func addNotes(of content: RunContent) {
        let all = content.notes
        func add(_ note: Note?, _ name: String, _ href: String) {
            if let note { notes.append(NoteEntry(name: PlainText.safe(name), words: note.words, href: href)) }
        }
        add(all.site, "Overview", "index.html")
        for index in all.classes.keys.sorted() { add(all.classes[index], content.className(index), "classes/\(index)/index.html") }
        for layer in content.reportedLayers.map(\.name) {
            let folder = "layers/\(RunPath.key(for: layer))"
            add(all.layers[layer], layer, "\(folder)/index.html")
            for unit in (all.units[layer] ?? [:]).keys.sorted() {
                add(all.units[layer]?[unit], "\(layer) · unit \(unit)", "\(folder)/\(unit)/index.html")
            }
        }
    }

    func write(to folder: SiteFolder) throws { try folder.write(DataScript.text(self, key: Self.path), to: Self.path) }
}
