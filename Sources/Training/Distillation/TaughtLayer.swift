import Network
import Tensors

/// A knowledge distillation layer with what was found for it in the teacher.
struct TaughtLayer {
    let plan: DistillationPlan.Layer
    /// What its templates stand for.
    private let origin: Origin
    private(set) var name = ""
    private(set) var constants: [(String, Tensor)] = []
    /// The node of the scores that are supervised.
    private(set) var scores = ""

    enum Origin {
        case words(Vocabulary)
        case subClasses(DiscriminantAnalysis, SubClasses, ScoreMatrix)

        var templates: Int {
            switch self {
            case .words(let vocabulary): vocabulary.words
            case .subClasses(_, let subClasses, _): subClasses.count
            }
        }

        /// The class of every template.
        var classes: [Int]? {
            switch self {
            case .words: nil
            case .subClasses(_, let subClasses, _): (0..<subClasses.count).map { subClasses.class(of: $0) }
            }
        }

        /// What a checkpoint records, behind a layer's name.
        var record: [(String, Tensor)] {
            switch self {
            case .words(let words): [("teacher.centres", Tensor(shape: [words.words, words.dimension], values: words.centres))]
            case .subClasses(let directions, let subClasses, let matrix):
                [
                    ("teacher.centres", Tensor(shape: [subClasses.count, subClasses.dimension], values: subClasses.centres)),
                    ("teacher.mean", Tensor(shape: [directions.dimension], values: directions.mean)),
                    ("teacher.scalings", Tensor(shape: [directions.dimension, directions.components], values: directions.scalings)),
                    ("score_matrix", Tensor(shape: [matrix.count, matrix.count], values: matrix.values)),
                ]
            }
        }
    }

    init(_ plan: DistillationPlan.Layer, _ origin: Origin) {
        (self.plan, self.origin) = (plan, origin)
    }

    init(words plan: DistillationPlan.Layer, _ offline: Offline) throws {
        self.init(plan, .words(try offline.results(plan) { try $0.vocabulary() }))
    }

    init(subClasses plan: DistillationPlan.Layer, _ offline: Offline) throws {
        self.init(plan, try offline.results(plan) { .subClasses(try $0.discriminants(), try $0.subClasses(), try $0.scoreMatrix()) })
    }

    /// Puts the layer into the network; behind another one where that stands at the same place.
    mutating func insert(into network: inout ImageNetwork, seed: UInt64) throws {
        var random = RandomSource(seed: seed, stream: "knowledge distillation layer \(plan.student.layer)")
        let block = try KnowledgeDistillationLayer(
            behind: network.layerBehindTemplates(at: plan.student.layer), of: network, templates: origin.templates, alpha: plan.alpha,
            classes: origin.classes, random: &random)
        network = try network.inserting(block)
        name = block.description.name
        scores = block.description.scores
        constants = block.tensors.map { ($0.name, $0.tensor) }
        constants.append(("\(name).teacher.pooling", Tensor(shape: [1], values: [Float(plan.pooling)])))
        constants += origin.record.map { ("\(name).\($0)", $1) }
    }

    /// Its supervision; nil where it counts nothing.
    func objective(_ pass: TeacherPass) throws -> (any Objective)? {
        guard plan.weight != 0 else { return nil }
        switch origin {
        case .words(let vocabulary):
            return try WordObjective(
                pass, vocabulary, teacherLayer: plan.teacher.layer, pooling: plan.pooling, layer: scores, weight: plan.weight)
        case .subClasses(let discriminants, let subClasses, let matrix):
            return try SubClassObjective(
                pass, discriminants, subClasses, matrix, teacherLayer: plan.teacher.layer, pooling: plan.pooling, layer: scores,
                weight: plan.weight)
        }
    }
}
