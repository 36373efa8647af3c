import Diagnostics
import Network
import Tensors

/// Supervision of a knowledge distillation layer by the teacher's sub-classes, for an intermediate layer (letKD, Gorgun, Gurbuz and
/// Alatan, BMVC 2023). At every position the nearest sub-class a of the image's own class is found in the discriminant space of the
/// teacher's features; row a of the score matrix S, which says what the teacher takes that sub-class for, is what the student's scores
/// should be: `KL(S[a] || softmax(s))`, averaged over positions.
public final class SubClassObjective: Objective {
    public let name = "sub_classes"
    public let weight: Float
    private let teacher: TeacherPass
    private let layer: String
    private let scores: String
    private let perClass: Int
    private let rows: TargetDistributions

    /// - Parameters:
    ///   - layer: the scores of the student's layer, before normalisation.
    ///   - teacherLayer: where the sub-classes were found.
    ///   - pooling: of the teacher's map, to the student's size.
    public init(
        _ teacher: TeacherPass, _ discriminants: DiscriminantAnalysis, _ subClasses: SubClasses, _ matrix: ScoreMatrix, teacherLayer: String,
        pooling: Int, layer: String, weight: Float = 1
    ) throws {
        self.teacher = teacher
        self.layer = layer
        self.weight = weight
        perClass = subClasses.perClass
        rows = try TargetDistributions(Tensor(shape: [matrix.count, matrix.count], values: matrix.values))
        scores = try teacher.appendScores(
            behind: teacherLayer, centres: subClasses.centres, count: subClasses.count,
            projection: (discriminants.mean, discriminants.scalings), pooling: pooling, name: "sub-classes of \(layer)")
    }

    public var layers: [String] { [layer] }

    public func loss(of step: TrainingStep) throws -> Double {
        let extent = try step.extent(of: layer)
        let wanted = try teacher.activation(of: scores, for: step.batch)
        precondition(wanted.extent == extent, "the teacher's sub-classes are \(wanted.extent), the student's scores \(extent)")
        return Losses.divergence(
            try step.activation(of: layer), extent, from: rows, choices: nearest(wanted.values, extent, labels: step.batch.labels),
            gradient: try step.gradient(at: layer, weight: weight))
    }

    /// At every position the sub-class of the image's class with the largest score; the first of several.
    private func nearest(_ values: UnsafePointer<Float>, _ extent: MapExtent, labels: [Int]) -> [Int] {
        let image = extent.lanesPerImage * Layout.block
        return labels.enumerated().flatMap { number, label in
            (0..<extent.area).map { position in
                func score(_ template: Int) -> Float {
                    values[number * image + (template / Layout.block * extent.area + position) * Layout.block + template % Layout.block]
                }
                var best = label * perClass
                for template in best + 1..<(label + 1) * perClass where score(template) > score(best) { best = template }
                return best
            }
        }
    }
}
