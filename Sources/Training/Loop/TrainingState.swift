import Diagnostics
import Foundation

/// Where a training is, besides the values of the network and their momentum. Everything random follows from the seed, the epoch
/// and the batch, so these are its random state.
struct TrainingState: Codable, Equatable {
    /// Epochs that are over.
    var epoch = 0
    /// Batches of the present epoch that are over.
    var batch = 0
    var tally: EpochTally
    var log: TrainingLog
    /// The highest share of validation images that were right after an epoch.
    var bestAccuracy: Double?
    var watch = LossWatch()

    init(objectives: [String]) {
        tally = EpochTally(losses: Array(repeating: 0, count: objectives.count))
        log = TrainingLog(objectives: objectives)
    }

    /// Makes ready to count a teacher's answers among `classes`; nil for none. What an earlier program has begun of an epoch was not counted,
    /// and the rest of that epoch is not either.
    ///
    /// - Returns: false where what is counted already is of other classes.
    mutating func countAnswers(among classes: Int?) -> Bool {
        if let classes, batch > 0 { return tally.agreement?.counts(classes: classes) ?? true }
        tally.agreement = classes.map(AgreementTally.init)
        return true
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// Reads what `json` wrote. Throws a `Problem` that names the file at `path` when it is something else.
    init(json: String, path: String) throws {
        do { self = try JSONDecoder().decode(TrainingState.self, from: Data(json.utf8)) } catch {
            throw Problem("\(path) does not say where training was", remedy: "Choose another folder with --out.")
        }
    }
}

/// What the steps of an epoch added up to so far.
struct EpochTally: Codable, Equatable {
    /// Of each objective, times the images.
    var losses: [Double]
    var loss = 0.0
    var images = 0
    var correct = 0
    /// With a teacher.
    var agreement: AgreementTally?
    var seconds = 0.0
}

/// Tells when a loss diverges: when it is not a number, or its running mean is far above where it began.
struct LossWatch: Codable, Equatable {
    /// How many times the first loss is far above it.
    static let factor = 10.0
    /// The share of a step's loss in the running mean.
    private static let share = 0.1

    private(set) var first: Double?
    private(set) var mean = 0.0

    /// Takes a step's loss in. Returns what is wrong with it; nil when nothing is.
    mutating func take(_ loss: Double) -> String? {
        guard loss.isFinite else { return "it is \(loss)" }
        guard let first else {
            first = loss
            mean = loss
            return nil
        }
        mean += Self.share * (loss - mean)
        guard mean <= Self.factor * max(abs(first), 0.1) else {
            return "it has risen from \(rounded(first)) at the first step to \(rounded(mean)), the mean of the last steps"
        }
        return nil
    }

    private func rounded(_ value: Double) -> String { String(format: "%.4g", value) }
}
