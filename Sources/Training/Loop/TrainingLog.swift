/// What happened in each epoch, as a table.
public struct TrainingLog: Sendable, Codable, Equatable {
    public struct Row: Sendable, Codable, Equatable {
        /// Counted from one.
        public var epoch: Int
        public var rate: Float
        /// Of the objectives, without their weights: means over the epoch's images.
        public var losses: [Double]
        /// Their weighted sum.
        public var loss: Double
        /// Share of the training images that were right when they were learned from, moved and mirrored as they were.
        public var trainAccuracy: Double
        /// With a teacher, counted on the same images at the same time; nil without one, and where an earlier program began the epoch.
        public var agreement: AgreementTally?
        /// Share of the validation images that are right after the epoch; nil without such images.
        public var validationAccuracy: Double?
        /// That the epoch and the validation took.
        public var seconds: Double
    }

    /// Names of the objectives.
    public let objectives: [String]
    public internal(set) var rows: [Row] = []

    init(objectives: [String]) { self.objectives = objectives }

    /// True where a teacher's answers were counted in an epoch.
    var hasAgreement: Bool { rows.contains { $0.agreement != nil } }

    /// A line for each epoch under a line of names.
    var csv: String {
        let beside = hasAgreement ? ["teacher_accuracy", "teacher_agreement"] : []
        let header = ["epoch", "learning_rate", "loss"] + objectives + ["train_accuracy"] + beside + ["validation_accuracy", "seconds"]
        let lines = rows.map { row in
            ["\(row.epoch)", "\(row.rate)", "\(row.loss)"] + row.losses.map { "\($0)" } + ["\(row.trainAccuracy)"]
                + (row.agreement.map { ["\($0.teacherAccuracy)", "\($0.share)"] } ?? beside.map { _ in "" })
                + [row.validationAccuracy.map { "\($0)" } ?? "", "\((row.seconds * 1000).rounded() / 1000)"]
        }
        return ([header] + lines).map { $0.joined(separator: ",") + "\n" }.joined()
    }

    /// A line for each epoch and class under a line of names: for how many images of the class student and teacher name the same one.
    var agreementCSV: String {
        let lines = rows.flatMap { row in
            zip(row.agreement?.images ?? [], row.agreement?.agreed ?? []).enumerated().map { "\(row.epoch),\($0),\($1.0),\($1.1)\n" }
        }
        return "epoch,class,images,agreed\n" + lines.joined()
    }
}
