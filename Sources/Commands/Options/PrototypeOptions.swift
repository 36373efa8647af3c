public import Analysis
public import ArgumentParser
import Diagnostics
import Network
import Relevance
import Run

/// How a report's prototypes are made.
struct PrototypeOptions: ParsableArguments {
    @OptionGroup var seed: SeedOption
    @Option(
        parsing: .unconditional,
        help: "Prototypes of each target from different random initialisations; by default 2 for images up to 64 pixels, else 1.")
    var seeds: Int?
    @Option(
        help: """
            The effort per prototype: draft (50 steps), normal (100) or paper (200). --schedule and --steps take precedence.
            """)
    var quality: PrototypeQuality = .normal
    @Option(
        help: """
            How a prototype is optimised: fourier (in the coefficients of frequencies, the default), or as published in the pixels: published \
            (2000 steps), half-resolution (2000 steps with picture and references averaged over \
            2 x 2 pixels, then 1000 in full) or long (20000 slower steps, colours not clamped).
            """)
    var schedule: OptimisationSchedule.Kind?
    @Option(parsing: .unconditional, help: "Optimisation steps per prototype, instead of the schedule's own.") var steps: Int?
    @Option(
        help: """
            The parametrisation of a picture during optimisation, instead of the schedule's own: pixels, fourier (coefficients of frequencies, each \
            over its frequency; fourier:0.75 over a power of it) or spectrum (with the amplitudes of the references); with +colours behind it, in \
            colours that are uncorrelated in the references.
            """)
    var coordinates: PictureCoordinates?
    @Option(parsing: .unconditional, help: "The peak learning rate, instead of the schedule's own.") var learningRate: Float?
    @Option(
        parsing: .unconditional,
        help: "Steps between updates of the relevance of an inner unit's picture, instead of the schedule's own.")
    var relevanceEvery: Int?
    @Flag(
        inversion: .prefixedNo,
        help: """
            Flip the picture horizontally at half of the steps, at random. By default where the references allow it: where flipped they activate the unit or the \
            class nearly as strongly; never with a published schedule.
            """)
    var flip: Bool?
    @Flag(
        inversion: .prefixedNo,
        help: "Stop a picture early when its loss has converged. On by default, except with --quality paper and with --schedule.")
    var earlyStop: Bool?
    @Option(
        help: """
            How a unit's picture is matched: balanced (its own layer counts as well, and what is not relevant keeps a share of its weight) or \
            published (as in the paper: layers before the unit's, by relevance alone).
            """)
    var inner: InnerMatching = .balanced
    @Flag(
        help: """
            Look whether a unit's references fall into clusters, and make a prototype of each cluster beside the unit's own.
            """)
    var facets = false
    @Option(
        help: """
            The rules by which relevance flows: \(Self.composites). vital by default, transformer for networks with attention. With \
            guided-backprop features are masked by the positive part of that gradient, as published beside relevance.
            """)
    var composite: String?

    func check() throws {
        try require(steps, "--steps", in: 1...1_000_000)
        try require(seeds, "--seeds", in: 1...16)
        try require(learningRate.map { (1e-4...100).contains($0) } ?? true, "--learning-rate", takes: "a number from 0.0001 to 100")
        try require(relevanceEvery, "--relevance-every", in: 1...1000)
    }

    /// Fills in how prototypes are made, with defaults by what `network` is.
    func record(in options: inout RunOptions, network: ImageNetwork) throws {
        options.seed = seed.seed
        options.seeds = seeds ?? (network.isSmall ? 2 : 1)
        let kind = schedule ?? .fourier
        options.schedule = kind.rawValue
        options.steps = steps ?? schedule?.steps ?? quality.steps
        options.earlyStop = earlyStop ?? (schedule == nil && quality != .paper)
        options.inner = inner.rawValue
        options.facets = facets ? true : nil
        let rules = try rules(for: network)
        (options.composite, options.compositeSummary) = (rules.name, rules.summary(for: network.graph))
        var course = OptimisationSchedule(kind, steps: options.steps, size: network.input.size)
        course.coordinates = coordinates ?? course.coordinates
        course.learningRate = learningRate ?? course.learningRate
        course.stepsPerView = relevanceEvery ?? course.stepsPerView
        options.flip = flip ?? (course.mirroring == .never ? false : nil)
        try course.check(on: network)
        options.coordinates = course.coordinates == .pixels ? nil : course.coordinates.description
        options.relevanceEvery = course.stepsPerView == 1 ? nil : course.stepsPerView
        (options.jitter, options.learningRate, options.warmup) = (course.jitter, course.learningRate, course.warmup)
    }

    private func rules(for network: ImageNetwork) throws -> Composite {
        guard let composite else { return Composite.suggested(for: network.graph) }
        let chosen = try Composite.named(composite)
        guard chosen.canMask else {
            throw Problem(
                "--composite \(composite) makes no masks", explanation: "Features are masked by relevance, or by guided backpropagation.",
                remedy: "Choose one of \(Self.composites).", kind: .usage)
        }
        return chosen
    }

    private static var composites: String { Composite.all.filter(\.canMask).map(\.name).joined(separator: ", ") }
}

extension PrototypeQuality: ExpressibleByArgument {}
extension PictureCoordinates: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
extension InnerMatching: ExpressibleByArgument {}
extension OptimisationSchedule.Kind: ExpressibleByArgument {}
