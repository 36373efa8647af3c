/// Everything that decides a run's results, with defaults filled in. Two runs with equal options, checkpoint and images
/// give equal bytes; a run folder is only resumed under equal options.
public struct RunOptions: Codable, Sendable, Equatable {
    /// Layers whose units are reported, in the order of execution.
    public var layers: [String]
    /// As given: `all`, `0-15`, `layer1:3,layer2:0-7`.
    public var units: String
    /// As given: `all`, `none`, `3,5`, `cat,dog`.
    public var classes: String
    /// As given: `none`, `layer3:10,layer2:5`.
    public var concepts: String
    /// Path of the labels file, if there was one.
    public var labels: String?
    public var seed: UInt64
    /// Prototypes of each target, from as many random beginnings.
    public var seeds: Int
    /// The name of the optimisation schedule: `published`, `half-resolution` or `long`.
    public var schedule: String
    /// Optimisation steps of a prototype, at most.
    public var steps: Int
    /// References a prototype is matched to, at most.
    public var references: Int
    /// Which part of an image is a reference of an inner unit: the side of a window in pixels, `receptive` or `none`.
    public var window: String
    /// The distance between windows as a share of their side.
    public var windowStride: Float
    /// `window`, or `image` where the whole images of the windows are used.
    public var referencesAs: String
    /// How different references must be, from 0 to 1.
    public var diversity: Float
    /// How inner units are matched: `published` or `balanced`.
    public var inner: String
    /// The rules by which relevance flows.
    public var composite: String
    /// What those rules are, as a sentence.
    public var compositeSummary: String?
    /// Largest roll of the image at a step, in pixels.
    public var jitter: Int
    public var learningRate: Float
    /// Steps of linear warm-up.
    public var warmup: Int
    /// True when the picture is mirrored at half of the steps.
    public var flip: Bool
    /// True when a picture is finished as soon as its loss has settled.
    public var earlyStop: Bool
    /// True when convolutions may be computed by Winograd's way, where that is faster.
    public var winograd: Bool
    /// What convolutions multiply while images are looked at and prototypes are made: `float32` or `bfloat16`.
    public var precision: String
    /// Strongest images kept for each unit.
    public var strongest: Int
    /// SHA-256 of the checkpoint of the teacher that templates are compared with, in hexadecimal; nil without one.
    public var teacher: String?
    /// Its architecture.
    public var teacherArchitecture: String?
    /// The command that makes this run again, as one shell line.
    public var command: String

    public init(
        layers: [String], units: String, classes: String, labels: String?, seed: UInt64, seeds: Int = 1, steps: Int, references: Int,
        window: String = "none", windowStride: Float = 0.8, referencesAs: String = "window", diversity: Float = 0, jitter: Int, learningRate: Float, warmup: Int, strongest: Int, winograd: Bool = true, precision: String = "float32",
        schedule: String = "published", flip: Bool = false, earlyStop: Bool = false, inner: String = "balanced", composite: String = "vital", compositeSummary: String? = nil, concepts: String = "none",
        teacher: String? = nil, teacherArchitecture: String? = nil, command: String
    ) {
        self.layers = layers
        self.units = units
        self.classes = classes
        self.concepts = concepts
        self.labels = labels
        self.seed = seed
        self.seeds = seeds
        self.steps = steps
        self.references = references
        self.window = window
        self.windowStride = windowStride
        self.referencesAs = referencesAs
        self.diversity = diversity
        self.inner = inner
        self.composite = composite
        self.compositeSummary = compositeSummary
        self.jitter = jitter
        self.learningRate = learningRate
        self.warmup = warmup
        self.strongest = strongest
        self.winograd = winograd
        self.schedule = schedule
        self.flip = flip
        self.earlyStop = earlyStop
        self.precision = precision
        self.teacher = teacher
        self.teacherArchitecture = teacherArchitecture
        self.command = command
    }
}
