import Run

/// What a run found out about the templates of one layer. Documents can be damaged in ways that still read: what does not fit is left out.
struct TemplateContent {
    let layer: TemplateLayer
    let key: String
    /// Those that have a page, in the order of the atlas: by number where templates belong to classes, else most used first.
    let shown: [TemplateLayer.Template]
    /// Maps of the layer's grid; nil where there are none.
    let maps: TemplateMaps?
    let matrix: ScoreMatrix?
    private let byIndex: [Int: TemplateLayer.Template]
    private let pages: Set<Int>

    /// The layer's content, or nil when its templates are not there yet.
    init?(_ name: String, of run: RunFolder) throws {
        guard let layer = try run.read(TemplateLayer.self, from: .templates(layer: name)) else { return nil }
        self.layer = layer
        key = RunPath.key(for: name)
        byIndex = Dictionary(layer.templates.map { ($0.index, $0) }) { first, _ in first }
        let templates = byIndex.values.filter { $0.index >= 0 }.sorted { $0.index < $1.index }
        let byUse = templates.sorted { ($1.uses, $0.index) < ($0.uses, $1.index) }
        let pictured = byUse.prefix(TemplateLayer.picturedTemplates)
        shown = templates.contains { $0.owner != nil } ? pictured.sorted { $0.index < $1.index } : Array(pictured)
        pages = Set(shown.map(\.index))
        maps = try run.read(TemplateMaps.self, from: .templateMaps(layer: name)).flatMap(Self.checked)
        matrix = try run.read(ScoreMatrix.self, from: .scoreMatrix(layer: name)).flatMap(Self.checked)
    }

    private static func checked(_ maps: TemplateMaps) -> TemplateMaps? {
        guard maps.grid.count == 2, maps.grid.allSatisfy({ (1...512).contains($0) }) else { return nil }
        var maps = maps
        let positions = maps.grid[0] * maps.grid[1]
        var seen = Set<Int>()
        maps.maps = maps.maps.filter {
            $0.student.count == positions && $0.strengths.count == positions && $0.teacher.map { $0.count == positions } ?? true
                && $0.teacherStrengths.map { $0.count == positions } ?? true && seen.insert($0.image).inserted
        }
        return maps.maps.isEmpty ? nil : maps
    }

    private static func checked(_ matrix: ScoreMatrix) -> ScoreMatrix? {
        guard (1...8192).contains(matrix.size), matrix.rows.count == matrix.size,
            matrix.rows.allSatisfy({ $0.templates.count == $0.shares.count && $0.templates.allSatisfy((0..<matrix.size).contains) })
        else { return nil }
        return matrix
    }

    var name: String { layer.layer }
    var folder: String { "distillation/\(key)" }
    var count: Int { byIndex.count }
    var hasTeacher: Bool { layer.teacher != nil }
    /// True where templates belong to classes.
    var hasOwners: Bool { layer.templates.contains { $0.owner != nil } }
    var unused: [TemplateLayer.Template] { byIndex.values.filter { $0.uses <= 0 }.sorted { $0.index < $1.index } }
    /// What one template is called in a sentence: `word` or `template`.
    var noun: String { layer.kind == .vocabulary ? "word" : "template" }

    subscript(index: Int) -> TemplateLayer.Template? { byIndex[index] }

    /// The class whose colour a template has: its own, else the one in whose images it is found most.
    func classOf(_ index: Int) -> Int? { byIndex[index].flatMap { $0.owner ?? $0.classUses.first?.index ?? $0.teacherClass } }

    /// A template's page in the site; nil where it has none.
    func page(of index: Int) -> String? { pages.contains(index) ? "\(folder)/\(index)/index.html" : nil }

    func page(ofMap image: Int) -> String { "\(folder)/maps/\(image)/index.html" }
}

extension TemplateLayer.Tally {
    /// Shares of all positions, in [0, 1]; nil where there are none, or nothing to compare with.
    var unmatchedShare: Float? { all > 0 ? Float(all - matched) / Float(all) : nil }
    var agreement: Float? { all > 0 ? agreed.map { Float($0) / Float(all) } : nil }
    var classAgreement: Float? { all > 0 ? agreedInClass.map { Float($0) / Float(all) } : nil }
}

extension TemplateContent {
    /// The shares of positions, in [0, 1], at which student and teacher would agree if each named its templates as often as it does, but at
    /// other positions (the chance level of Cohen 1960): in the template and, where templates belong to classes, in the class. Nil where
    /// there is nothing to compare.
    var chanceAgreement: (template: Float, owner: Float?)? {
        let all = Double(layer.positions.all), pairs = byIndex.values.compactMap { template in template.teacherUses.map { (template, $0) } }
        guard all > 0, layer.positions.agreed != nil, !pairs.isEmpty else { return nil }
        let template = pairs.reduce(0) { $0 + Double($1.0.uses) * Double($1.1) } / (all * all)
        guard hasOwners else { return (Float(template), nil) }
        var owners: [Int: (student: Double, teacher: Double)] = [:]
        for (template, teacherUses) in pairs {
            guard let owner = template.owner else { continue }
            owners[owner, default: (0, 0)].student += Double(template.uses)
            owners[owner, default: (0, 0)].teacher += Double(teacherUses)
        }
        return (Float(template), Float(owners.values.reduce(0) { $0 + $1.student * $1.teacher } / (all * all)))
    }
}

extension TemplateMaps.Map {
    /// Positions, those with a match, and those with the teacher's template.
    func tally(of content: TemplateContent) -> TemplateLayer.Tally {
        var tally = TemplateLayer.Tally(all: student.count, matched: student.count { $0 != nil })
        guard let teacher else { return tally }
        let pairs = zip(student, teacher)
        tally.agreed = pairs.count { $0 == $1 }
        guard content.hasOwners else { return tally }
        tally.agreedInClass = pairs.count { student, teacher in
            guard let student, let owner = content[student]?.owner else { return false }
            return owner == content[teacher]?.owner
        }
        return tally
    }
}
