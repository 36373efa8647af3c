/// What is compared, and how long each picture is worked on.
public struct ComparisonOptions: Sendable {
    /// As `--classes` takes it.
    public var classes: String
    public var methods: [ComparedMethod]
    public var seed: UInt64
    /// Pictures of each class by each method.
    public var seeds: Int
    /// Forward-backward passes of each picture, whatever the method.
    public var steps: Int
    /// Real images a class that VITAL is matched to, at most.
    public var references: Int
    public var winograd: Bool
    /// The command as one shell line.
    public var command: String

    public init(
        classes: String, methods: [ComparedMethod], seed: UInt64, seeds: Int, steps: Int, references: Int, winograd: Bool, command: String
    ) {
        self.classes = classes
        self.methods = methods
        self.seed = seed
        self.seeds = seeds
        self.steps = steps
        self.references = references
        self.winograd = winograd
        self.command = command
    }
}
