import FoundationEssentials
import Run

/// All key numbers of a site under permanent keys (`layers/layer3.2/12`, `classes/3`), for programs: `report.json`.
struct Report: Encodable {
    var formatVersion = 1
    var title: String
    var tool: RunManifest.Tool
    var network: NetworkDescription
    var images: ImageSetDescription
    var options: RunOptions
    var warnings: [RunManifest.Warning]
    var accuracy: Accuracy?
    var units: [String: Unit] = [:]
    var classes: [String: Class] = [:]
    /// What the page Compare shows.
    var comparison: Comparison?
    /// What the page Distillation shows.
    var distillation: Distillation?
    /// What the page Teacher shows.
    var teacher: Teacher?

    struct Teacher: Encodable {
        var page = TeacherPage.path
        var teacher: Run.Distillation.Teacher
        var method: String?
        var studentClasses, teacherClasses: Int
        /// Nil where classes are not as many.
        var outputs: TeacherComparison.Outputs?
        /// How answers came to agree over training, an epoch an item, without classes; nil where that is not known.
        var epochs: [AgreementHistory.Epoch]?

        init(_ comparison: TeacherComparison) {
            teacher = comparison.teacher
            method = comparison.method
            (studentClasses, teacherClasses) = (comparison.studentClasses, comparison.teacherClasses)
            outputs = comparison.outputs
            epochs = comparison.history?.epochs.map { .init(number: $0.number, agreement: $0.agreement, student: $0.student, teacher: $0.teacher) }
        }
    }

    struct Distillation: Encodable {
        var page = DistillationPage.path
        var method: String?
        var teacher: Run.Distillation.Teacher?
        var images: [Int]
        var student: Run.Distillation.Accuracy?
        var withoutTemplates: Run.Distillation.Accuracy?
        var teacherAccuracy: Run.Distillation.Accuracy?
        /// Keyed by the layer's permanent key.
        var layers: [String: Layer]

        struct Layer: Encodable {
            var page: String
            var behind: String
            var kind: TemplateLayer.Kind
            var templates: Int
            var unused: [Int]
            var alpha: Float
            var positions: TemplateLayer.Tally
            var classPositions: [TemplateLayer.Tally]
        }

        init(_ page: DistillationPage) {
            method = page.distillation.method
            teacher = page.distillation.teacher
            images = page.distillation.images
            student = page.distillation.student
            withoutTemplates = page.distillation.withoutTemplates
            teacherAccuracy = page.distillation.teacherAccuracy
            layers = Dictionary(
                page.layers.map { content in
                    (
                        content.folder,
                        Layer(
                            page: "\(content.folder)/index.html", behind: content.layer.behind, kind: content.layer.kind,
                            templates: content.count, unused: content.unused.map(\.index), alpha: content.layer.alpha,
                            positions: content.layer.positions, classPositions: content.layer.classPositions)
                    )
                }) { first, _ in first }
        }
    }

    struct Accuracy: Encodable {
        var top1: Float?
        var top5: Float?
    }

    struct Unit: Encodable {
        var page: String
        var picture: String?
        var mean, standardDeviation, minimum, maximum: Float
        /// Shares, in [0, 1].
        var activePositions, activeImages: Float
        var selectivity: Float?
        var topClasses: [ClassMean]
        var prototype: Prototype.Trust?
    }

    struct ClassMean: Encodable {
        var index: Int
        var mean: Float
    }

    struct Class: Encodable {
        var name: String
        var page: String
        var picture: String?
        var images: Int
        var correct: Int
        var confusedWith: [ClassTable.Confusion]
        var prototype: Prototype.Trust?
    }

    init(_ content: RunContent) {
        let manifest = content.manifest
        title = manifest.title
        tool = manifest.tool
        network = manifest.network
        images = manifest.images
        options = manifest.options
        warnings = manifest.warnings
        accuracy = content.classes.map { Accuracy(top1: $0.top1, top5: $0.top5) }
    }

    mutating func add(_ layer: LayerContent, in folder: SiteFolder) {
        for unit in layer.statistics.units {
            let picture = UnitPage.picturePath(layer, unit.unit)
            units["\(layer.folder)/\(unit.unit)"] = Unit(
                page: layer.page(of: unit.unit), picture: folder.contains(picture) ? picture : nil, mean: unit.mean,
                standardDeviation: unit.standardDeviation, minimum: unit.minimum, maximum: unit.maximum,
                activePositions: unit.activePositions, activeImages: unit.activeImages, selectivity: unit.selectivity,
                topClasses: unit.topClasses(5).map { ClassMean(index: $0.index, mean: $0.mean) },
                prototype: layer.prototypes[unit.unit]?.trust)
        }
    }

    mutating func add(_ entry: ClassTable.Class, at index: Int, of content: RunContent, in folder: SiteFolder) {
        let picture = ClassPage.picturePath(index)
        classes["classes/\(index)"] = Class(
            name: content.className(index), page: "classes/\(index)/index.html", picture: folder.contains(picture) ? picture : nil,
            images: entry.images, correct: entry.correct, confusedWith: entry.confusedWith,
            prototype: content.classPrototypes[index]?.trust)
    }

    func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try [UInt8](encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
}
