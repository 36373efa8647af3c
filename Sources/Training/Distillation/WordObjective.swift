import Diagnostics
import Network

/// Supervision of a knowledge distillation layer by the words of the teacher's vocabulary, for the penultimate layer (letKD, Gorgun,
/// Gurbuz and Alatan, BMVC 2023): `KL(softmax(-|f - c|^2) || softmax(s))`, summed over words, averaged over positions.
public final class WordObjective: Objective {
    public let name = "words"
    public let weight: Float
    private let teacher: TeacherPass
    private let layer: String
    private let scores: String

    /// - Parameters:
    ///   - layer: the scores of the student's layer, before normalisation.
    ///   - teacherLayer: where the vocabulary was found.
    ///   - pooling: of the teacher's map, to the student's size.
    public init(
        _ teacher: TeacherPass, _ vocabulary: Vocabulary, teacherLayer: String, pooling: Int, layer: String, weight: Float = 1
    ) throws {
        self.teacher = teacher
        self.layer = layer
        self.weight = weight
        scores = try teacher.appendScores(
            behind: teacherLayer, centres: vocabulary.centres, count: vocabulary.words, projection: nil, pooling: pooling,
            name: "words of \(layer)")
    }

    public var layers: [String] { [layer] }

    public func loss(of step: TrainingStep) throws -> Double {
        let extent = try step.extent(of: layer)
        let wanted = try teacher.activation(of: scores, for: step.batch)
        precondition(wanted.extent == extent, "the teacher's words are \(wanted.extent), the student's scores \(extent)")
        return Losses.divergence(
            try step.activation(of: layer), extent, fromScores: wanted.values, gradient: try step.gradient(at: layer, weight: weight))
    }
}
