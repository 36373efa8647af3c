public import Diagnostics
import Foundation
public import Network
public import Tensors

/// Trains a network on labelled images: epochs of steps, each a batch forward, the objectives, backward, and a step of gradient
/// descent; after each epoch the validation images are counted. Whatever is known is kept in a folder as soon as it is, and a
/// training that was killed goes on to the same bytes.
public final class Trainer {
    public struct Settings: Sendable, Equatable {
        public var epochs: Int
        public var rates: LearningRateSteps
        public var batchSize = 64
        public var descent = StochasticGradientDescent.Settings()
        public var augmentation = Augmentation()
        /// Of order and augmentation.
        public var seed: UInt64 = 0

        public init(epochs: Int, rates: LearningRateSteps) {
            self.epochs = epochs
            self.rates = rates
        }
    }

    private let network: ImageNetwork
    private let settings: Settings
    private let order: BatchOrder
    private let validation: LabelledPictures?
    private let objectives: [any Objective]
    private let teacher: TeacherPass?
    private let threads: Int
    private let algorithms: AlgorithmChoices?
    private let folder: TrainingFolder
    private let metadata: [String: String]
    private let constants: [(String, Tensor)]
    private let fixed: FixedTensors?
    private let engine: TrainingEngine
    private let descent: StochasticGradientDescent
    private var state: TrainingState
    private var lastSave = ContinuousClock.now

    /// Between two saved states within an epoch.
    var saveInterval = Duration.seconds(60)

    /// - Parameters:
    ///   - objectives: what is to become small, in the order of the log's columns.
    ///   - teacher: whose answers are counted beside the network's; it keeps its logits, and tells the same classes apart.
    ///   - metadata: notes for the files of weights.
    ///   - constants: tensors that do not learn, but belong in a file of weights.
    ///   - fixed: those of the network itself.
    ///   - algorithms: as in `Plan.Request`.
    /// - Throws: `Problem` when a layer of an objective does not exist, memory is short, or the saved state is damaged.
    public init(
        _ network: ImageNetwork, training: LabelledPictures, validation: LabelledPictures?, objectives: [any Objective],
        teacher: TeacherPass? = nil, settings: Settings, threads: Int, algorithms: AlgorithmChoices? = nil, folder: TrainingFolder, metadata: [String: String] = [:],
        constants: [(String, Tensor)] = [], fixed: FixedTensors? = nil
    ) throws {
        precondition(!objectives.isEmpty, "something must be learned")
        self.network = network
        self.settings = settings
        self.validation = validation
        self.objectives = objectives
        self.teacher = teacher
        self.threads = threads
        self.algorithms = algorithms
        self.folder = folder
        self.metadata = metadata
        order = BatchOrder(training, batchSize: settings.batchSize, augmentation: settings.augmentation, seed: settings.seed)
        var layers: [String] = []
        for layer in objectives.flatMap(\.layers) where !layers.contains(layer) { layers.append(layer) }
        engine = try TrainingEngine(network, layers: layers, threads: threads, algorithms: algorithms)
        let known = Set(engine.learned.tensors().map(\.0))
        self.constants = constants.filter { !known.contains($0.0) }
        self.fixed = fixed
        descent = try StochasticGradientDescent(count: engine.learned.count, settings: settings.descent)
        if FileManager.default.fileExists(atPath: folder.last) {
            state = try TrainingCheckpoint.restore(engine.learned, momentum: descent.momentum, from: folder.last)
            guard state.log.objectives == objectives.map(\.name) else {
                throw Problem("\(folder.last) is of a training with other losses", remedy: "Choose another folder with --out.")
            }
        } else {
            state = TrainingState(objectives: objectives.map(\.name))
        }
        guard state.countAnswers(among: teacher.map { _ in network.classCount }) else {
            throw Problem("\(folder.last) is of a training with other classes", remedy: "Choose another folder with --out.")
        }
    }

    /// What has happened so far.
    public var log: TrainingLog { state.log }
    /// The highest share of validation images that were right after an epoch.
    public var bestAccuracy: Double? { state.bestAccuracy }
    /// Epochs that are over.
    public var epochsDone: Int { state.epoch }

    /// Goes on to the end of the last epoch, and writes the weights.
    ///
    /// - Throws: `Problem` when the loss diverges (the last state that was good is kept), or an image cannot be read.
    public func run(progress: any ProgressReport) throws {
        // There is always a state to go back to.
        if state.epoch == 0, state.batch == 0 { try save() }
        lastSave = .now
        while state.epoch < settings.epochs {
            try runEpoch(progress)
            try finishEpoch(progress)
        }
        try write(to: folder.model)
        try writeLog()
    }

    private func runEpoch(_ progress: any ProgressReport) throws {
        progress.begin(
            "Epoch \(state.epoch + 1) of \(settings.epochs)", total: order.pictures.count, done: state.batch * settings.batchSize)
        defer { progress.end() }
        let queue = try order.queue(epoch: state.epoch, from: state.batch)
        let rate = settings.rates.rate(epoch: state.epoch)
        var begin = ContinuousClock.now
        while let batch = try queue.next() {
            try step(batch, rate: rate)
            state.batch += 1
            progress.update(state.tally.images)
            let now = ContinuousClock.now
            state.tally.seconds += Self.seconds(begin.duration(to: now))
            begin = now
            if lastSave.duration(to: now) > saveInterval, state.batch < order.count { try save() }
        }
    }

    private func step(_ batch: Batch, rate: Float) throws {
        let workspace = try engine.workspace(batch: batch.count)
        workspace.input.update(from: batch.images, count: batch.count * network.input.shape.count)
        try workspace.forward()
        let step = TrainingStep(workspace, batch: batch, learned: engine.learned)
        var loss = 0.0
        for (place, objective) in objectives.enumerated() {
            let value = try objective.loss(of: step)
            loss += Double(objective.weight) * value
            state.tally.losses[place] += value * Double(batch.count)
        }
        let isFirst = state.epoch == 0 && state.batch == 0
        if let reason = state.watch.take(loss) {
            guard !isFirst else {
                throw Problem(
                    "The first loss is no number: \(reason)", explanation: "Nothing was learned before it.",
                    remedy: "Look at the weights of the losses, alpha and the temperature, and at what the teacher holds.")
            }
            throw diverged("The loss diverges: \(reason)")
        }
        state.tally.loss += loss * Double(batch.count)
        state.tally.images += batch.count
        let answers = batch.answers(try workspace.activation(of: network.logits), classes: network.classCount)
        state.tally.correct += batch.correct(answers)
        if let teacher { state.tally.agreement?.add(labels: batch.labels, student: answers, teacher: try teacher.answers(for: batch)) }
        try workspace.backward()
        for objective in objectives { objective.addGradients(to: engine.learned) }
        descent.step(engine.learned.values, gradients: engine.learned.gradients, rate: rate)
    }

    private func finishEpoch(_ progress: any ProgressReport) throws {
        let begin = ContinuousClock.now
        try checkValues()
        var accuracy: Double?
        if let validation {
            progress.begin("Validation", total: validation.count, done: 0)
            accuracy = try Evaluation.accuracy(
                of: engine.learned.graph(), network, on: validation, threads: threads, algorithms: algorithms, progress: progress)
            progress.end()
        }
        let tally = state.tally, images = Double(tally.images)
        let row = TrainingLog.Row(
            epoch: state.epoch + 1, rate: settings.rates.rate(epoch: state.epoch), losses: tally.losses.map { $0 / images },
            loss: tally.loss / images, trainAccuracy: Double(tally.correct) / images, agreement: tally.agreement,
            validationAccuracy: accuracy, seconds: tally.seconds + Self.seconds(begin.duration(to: .now)))
        state.log.rows.append(row)
        state.epoch += 1
        state.batch = 0
        state.tally = EpochTally(losses: Array(repeating: 0, count: objectives.count), agreement: teacher.map { _ in .init(classes: network.classCount) })
        if let accuracy, accuracy > state.bestAccuracy ?? -1 {
            state.bestAccuracy = accuracy
            try write(to: folder.best)
        }
        try save()
        try writeLog()
        progress.note(Self.summary(row))
    }

    /// One line about an epoch.
    private static func summary(_ row: TrainingLog.Row) -> String {
        func percent(_ share: Double) -> String { String(format: "%.2f %%", share * 100) }
        return "Epoch \(row.epoch): loss \(String(format: "%.4f", row.loss)), right of the training images \(percent(row.trainAccuracy))"
            + (row.agreement.map { ", same class as the teacher \(percent($0.share))" } ?? "")
            + (row.validationAccuracy.map { ", of the validation images \(percent($0))" } ?? "") + String(format: ", %.1f s", row.seconds)
    }

    private func save() throws {
        try checkValues()
        try TrainingCheckpoint.write(
            engine.learned, momentum: descent.momentum, state: state, metadata: metadata, to: folder.last)
        lastSave = .now
    }

    private func write(to path: String) throws {
        let learned = engine.learned.tensors()
        try Safetensors.write((fixed?.joined(to: learned) ?? learned) + constants, metadata: metadata, to: path)
    }

    private func writeLog() throws {
        try AtomicFile.write(Array(state.log.csv.utf8), to: folder.log)
        if state.log.hasAgreement { try AtomicFile.write(Array(state.log.agreementCSV.utf8), to: folder.agreement) }
        try AtomicFile.write(Array(TrainingCurve(log: state.log).svg.utf8), to: folder.curve)
    }

    private func checkValues() throws {
        do { try engine.checkValues() } catch let problem as Problem { throw diverged("Training diverges: \(problem.summary)") }
    }

    private func diverged(_ summary: String) -> Problem {
        Problem(
            summary + ", in epoch \(state.epoch + 1), batch \(state.batch + 1)",
            explanation: "The last good state is kept in \(folder.last)"
                + (state.bestAccuracy == nil ? "." : ", the best weights in \(folder.best)."),
            remedy: "Lower --learning-rate, and choose another folder with --out.")
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }
}
