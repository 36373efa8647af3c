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
        help: "Prototypes of each target from different random beginnings; by default 2 for images up to 64 pixels, else 1.")
    var seeds: Int?
    @Option(
        help: """
            How much work goes into a prototype: draft (200 steps: what is there is there, with noise), normal (500) or paper (2000 steps, \
            as published). --schedule and --steps go first.
            """)
    var quality: PrototypeQuality = .normal
    @Option(
        help: """
            How a prototype is optimised: published (2000 steps), half-resolution (2000 steps with picture and references averaged over \
            2 x 2 pixels, then 1000 in full) or long (20000 slower steps, colours not clamped).
            """)
    var schedule: OptimisationSchedule.Kind?
    @Option(parsing: .unconditional, help: "Optimisation steps of a prototype, instead of the schedule's own.") var steps: Int?
    @Flag(inversion: .prefixedNo, help: "Mirror the picture at every other step, by chance.") var flip = false
    @Flag(
        inversion: .prefixedNo,
        help: "Finish a picture when its loss has settled. On by default, except with --quality paper and with --schedule.")
    var earlyStop: Bool?
    @Option(
        help: """
            How a unit's picture is matched: balanced (its own layer counts as well, and what is not relevant keeps a share of its weight) or \
            published (as in the paper: layers before the unit's, by relevance alone).
            """)
    var inner: InnerMatching = .balanced
    @Option(
        help: """
            The rules by which relevance flows: \(Self.composites). vital by default, transformer for networks with attention.
            """)
    var composite: String?

    func check() throws {
        try require(steps, "--steps", in: 1...1_000_000)
        try require(seeds, "--seeds", in: 1...16)
    }

    /// Fills in how prototypes are made, with defaults by what `network` is.
    func record(in options: inout RunOptions, network: ImageNetwork) throws {
        options.seed = seed.seed
        options.seeds = seeds ?? (network.isSmall ? 2 : 1)
        let kind = schedule ?? .published
        options.schedule = kind.rawValue
        options.steps = steps ?? schedule?.steps ?? quality.steps
        options.flip = flip
        options.earlyStop = earlyStop ?? (schedule == nil && quality != .paper)
        options.inner = inner.rawValue
        let rules = try rules(for: network)
        (options.composite, options.compositeSummary) = (rules.name, rules.summary)
        let course = OptimisationSchedule(kind, steps: options.steps, size: network.input.size)
        try course.check(on: network)
        (options.jitter, options.learningRate, options.warmup) = (course.jitter, course.learningRate, course.warmup)
    }

    private func rules(for network: ImageNetwork) throws -> Composite {
        guard let composite else { return Composite.suggested(for: network.graph) }
        let chosen = try Composite.named(composite)
        guard chosen.isRelevance else {
            throw Problem(
                "--composite \(composite) computes gradients, not relevance", explanation: "Features are masked by relevance.",
                remedy: "Choose one of \(Self.composites).", kind: .usage)
        }
        return chosen
    }

    private static var composites: String { Composite.all.filter(\.isRelevance).map(\.name).joined(separator: ", ") }
}

extension PrototypeQuality: ExpressibleByArgument {}
extension InnerMatching: ExpressibleByArgument {}
extension OptimisationSchedule.Kind: ExpressibleByArgument {}
