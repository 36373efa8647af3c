/// Knowledge distillation by the teacher's logits (Hinton, Vinyals and Dean 2015): `T^2 KL(softmax(t / T) || softmax(s / T))`, averaged
/// over the batch.
public final class TeacherLogitsObjective: Objective {
    public let name = "teacher_logits"
    public let weight: Float
    private let teacher: TeacherPass
    private let layer: String
    private let temperature: Float

    /// - Parameter layer: the student's logits. Throws a `Problem` when the teacher cannot give its own.
    public init(_ teacher: TeacherPass, layer: String, temperature: Float = 4, weight: Float = 0.9) throws {
        self.teacher = teacher
        self.layer = layer
        self.temperature = temperature
        self.weight = weight
        try teacher.keep(teacher.teacher.logits)
    }

    public var layers: [String] { [layer] }

    public func loss(of step: TrainingStep) throws -> Double {
        let wanted = try teacher.activation(of: teacher.teacher.logits, for: step.batch).values
        return Losses.divergence(
            try step.activation(of: layer), try step.extent(of: layer), fromScores: wanted, temperature: temperature,
            gradient: try step.gradient(at: layer, weight: weight))
    }
}
