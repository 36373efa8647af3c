/// Everything that decides a run's results, with defaults filled in. Two runs with equal options, checkpoint and images
/// give equal bytes; a run folder is only resumed under equal options.
///
/// The next option: a property (`Int?`, nil where a run has none, so that folders without it are read and written as they were) and a
/// line in `recorded`, from which the run's identity and the pages are made.
public struct RunOptions: Codable, Sendable, Equatable {
    /// Layers whose units are reported, in the order of execution.
    public var layers: [String] = []
    /// As given: `all`, `0-15`, `layer1:3,layer2:0-7`.
    public var units = "all"
    /// As given: `all`, `none`, `3,5`, `cat,dog`.
    public var classes = "all"
    /// As given: `none`, `layer3:10,layer2:5`.
    public var concepts = "none"
    /// Path of the labels file, if there was one.
    public var labels: String?
    public var seed: UInt64 = 0
    /// Prototypes of each target, from as many random beginnings.
    public var seeds = 1
    /// The name of the optimisation schedule: `fourier`, `published`, `half-resolution` or `long`.
    public var schedule = "published"
    /// Optimisation steps of a prototype, at most.
    public var steps = 0
    /// References a prototype is matched to, at most.
    public var references = 0
    /// Which part of an image is a reference of an inner unit: the side of a window in pixels, `receptive` or `none`.
    public var window = "none"
    /// The distance between windows as a share of their side.
    public var windowStride: Float = 0.8
    /// `window`, or `image` where the whole images of the windows are used.
    public var referencesAs = "window"
    /// How different references must be, from 0 to 1.
    public var diversity: Float = 0
    /// How inner units are matched: `published` or `balanced`.
    public var inner = "balanced"
    /// The rules by which relevance flows.
    public var composite = "vital"
    /// What those rules are, as a sentence.
    public var compositeSummary: String?
    /// What pictures are written in while they are optimised, as `--coordinates` takes it; nil for the pixels themselves.
    public var coordinates: String?
    /// Steps from one look at the relevance of an inner unit's picture to the next; nil for every step.
    public var relevanceEvery: Int?
    /// Largest roll of the image at a step, in pixels.
    public var jitter = 0
    public var learningRate: Float = 1
    /// Steps of linear warm-up.
    public var warmup = 0
    /// True when the picture is mirrored at half of the steps; nil where that is left to each target's references.
    public var flip: Bool? = false
    /// True when a picture is finished as soon as its loss has settled.
    public var earlyStop = false
    /// True when convolutions may be computed by Winograd's way, where that is faster.
    public var winograd = true
    /// What convolutions multiply while images are looked at and prototypes are made: `float32` or `bfloat16`.
    public var precision = "float32"
    /// Strongest images kept for each unit.
    public var strongest = 0
    /// SHA-256 of the checkpoint of the teacher that templates are compared with, in hexadecimal; nil without one.
    public var teacher: String?
    /// Its architecture.
    public var teacherArchitecture: String?
    /// How images are prepared, on one line, where that was told and differs from what would have been taken.
    public var preprocessing: String?
    /// The same of the teacher.
    public var teacherPreprocessing: String?
    /// The output of an ONNX model that was named for the classes.
    public var output: String?
    /// The same of the teacher.
    public var teacherOutput: String?
    /// What becomes of notes how to turn pictures, where that is not the default: `ignored`.
    public var orientation: String?
    /// How many bits of grey values of more than 8 are used, where that was chosen.
    public var greyBits: Int?
    /// True when units whose references fall into clusters get a prototype of each; nil for not asked.
    public var facets: Bool?
    /// Path of the file of directions, where there is one; its SHA-256 in hexadecimal, and what it holds, in words.
    public var directions: String?
    public var directionsHash: String?
    public var directionsSummary: String?
    /// SHA-256 of the checkpoint of the network that answers line-ups, in hexadecimal; nil without one. Its architecture.
    public var judge: String?
    public var judgeArchitecture: String?
    /// True where the heads of attentions are looked at; nil where not.
    public var heads: Bool?

    /// Path of the file of words, where there is one; its SHA-256 in hexadecimal, that of the encoder of images, and what was told of that.
    public var words: String?
    public var wordsHash: String?
    public var encoderHash: String?
    public var encoderReading: String?
    /// Path of the table of attributes, where there is one, and its SHA-256.
    public var attributes: String?
    public var attributesHash: String?
    /// The command that makes this run again, as one shell line.
    public var command: String

    /// The options of a run that `command` makes, to be filled in.
    public init(command: String) { self.command = command }

    /// What others are told of, in the order in which it counts as the run's identity. Without it, images had no classes to be named.
    public func recorded(isLabelled: Bool = true) -> [RecordedOption] {
        let options: [RecordedOption?] = [
            .init("--layers", .names(layers), row: "layers", in: .selection),
            .init("--units", .text(units), row: "units", in: .selection),
            .init("--classes", .text(classes), row: "classes", in: .selection),
            .init("--concepts", .text(concepts), row: "concepts", in: .selection),
            .init("--facets", facets.map { .flag($0) }, row: "facets", in: .selection, decidesResults: false),
            .init("--directions", directions.map { .text($0) }, row: "directions", in: .selection, decidesResults: false),
            .init("the directions' hash", directionsHash.map { .text($0) }, row: "SHA-256 of the directions", in: .selection),
            .init("what the directions are", directionsSummary.map { .text($0) }, row: "what they are", in: .selection),
            .init(
                "--labels", .text(labels ?? "not given"), row: isLabelled ? "labels" : nil, shown: labels ?? "from the folders", in: .selection),
            .init("--seed", .text("\(seed)"), row: "seed", in: .selection),
            .init("--seeds", .text("\(seeds)"), row: "seeds", in: .selection),
            .init("--schedule", .text(schedule), row: "schedule", in: .schedule),
            .init("--steps", .whole(steps), row: "steps", in: .schedule),
            .init("jitter", .whole(jitter), row: "jitter", shown: "\(jitter) px", in: .optimisation, decidesResults: false),
            .init("--coordinates", coordinates.map { .text($0) }, row: "coordinates", in: .optimisation),
            .init("--relevance-every", relevanceEvery.map { .whole($0) }, row: "steps to a look at relevance", in: .optimisation),
            .init("learning rate", .decimal(learningRate), row: "learning rate", in: .optimisation, decidesResults: false),
            // As published it is 1, and was never said.
            .init("--learning-rate", learningRate == 1 ? nil : .decimal(learningRate), in: .optimisation),
            .init(
                "warm-up", .whole(warmup), row: "warm-up", shown: "\(warmup) \(warmup == 1 ? "step" : "steps")", in: .optimisation,
                decidesResults: false),
            .init(
                "--flip", flip.map { .flag($0) } ?? .text("where references allow it"), row: "mirrored at random", in: .optimisation),
            .init("--early-stop", .flag(earlyStop), row: "early stopping", in: .optimisation),
            .init("--references", .whole(references), row: "references", in: .references),
            .init("--window", .text(window), row: "window", in: .references),
            .init("--window-stride", .decimal(windowStride), row: "window stride", in: .references),
            .init("--references-as", .text(referencesAs), row: "references as", in: .references),
            .init("--diversity", .decimal(diversity), row: "diversity", in: .references),
            .init(
                "--winograd", .flag(winograd), row: "Winograd's convolutions", shown: winograd ? "where they are faster" : "none",
                in: .computation),
            .init("--precision", .text(precision), row: "Precision of convolutions", in: .computation),
            .init("strongest", .whole(strongest), row: "top-activating images kept", in: .computation, decidesResults: false),
            .init("--inner", .text(inner), row: "inner units", in: .references),
            .init("--composite", .text(composite), row: "composite", in: .references),
            .init("the teacher's hash", .text(teacher ?? "not given"), in: .teacher),
            .init(
                "--teacher-architecture", .text(teacherArchitecture ?? "none"), row: teacher == nil ? nil : "teacher", in: .teacher),
            .init("teacher", teacher.map { .text($0) }, row: "SHA-256 of the teacher", in: .teacher, decidesResults: false),
            .init("--preprocessing", preprocessing.map { .text($0) }, row: "preprocessing", in: .selection),
            .init("--teacher-preprocessing", teacherPreprocessing.map { .text($0) }, row: "preprocessing of the teacher", in: .teacher),
            .init("--output", output.map { .text($0) }, row: "output of the model", in: .selection),
            .init("--teacher-output", teacherOutput.map { .text($0) }, row: "output of the teacher's model", in: .teacher),
            .init("--heads", heads.map { .flag($0) }, row: "attention heads", in: .selection, canBeAdded: true),
            .init("the judge's hash", judge.map { .text($0) }, row: "SHA-256 of the judge", in: .teacher, canBeAdded: true),
            .init("judge", judgeArchitecture.map { .text($0) }, row: "judge", in: .teacher, decidesResults: false),
            .init("--orientation", orientation.map { .text($0) }, row: "notes how to turn pictures", in: .selection),
            .init("--grey-bits", greyBits.map { .whole($0) }, row: "bits of deep grey", in: .selection),
            .init("--words", words.map { .text($0) }, row: "words", in: .selection, decidesResults: false),
            .init("the words' hash", wordsHash.map { .text($0) }, row: "SHA-256 of the words", in: .selection),
            .init("the encoder's hash", encoderHash.map { .text($0) }, row: "SHA-256 of the encoder", in: .selection),
            .init("how the encoder is read", encoderReading.map { .text($0) }, row: "how the encoder is read", in: .selection),
            .init("--attributes", attributes.map { .text($0) }, row: "attributes", in: .selection, decidesResults: false),
            .init("the attributes' hash", attributesHash.map { .text($0) }, row: "SHA-256 of the attributes", in: .selection),
        ]
        return options.compactMap { $0 }
    }

    /// What results depend on: the options that decide them, by the names that a person knows them by.
    public var identity: [(name: String, value: String)] { Self.named(recorded().filter { $0.decidesResults && !$0.canBeAdded }) }

    /// Those that decide results of their own, and can be given to a run that has none of them.
    public var additions: [(name: String, value: String)] { Self.named(recorded().filter { $0.decidesResults && $0.canBeAdded }) }

    private static func named(_ options: [RecordedOption]) -> [(name: String, value: String)] { options.map { ($0.name, $0.value.description) } }
}
