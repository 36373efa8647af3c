import Analysis
import ArgumentParser
import Network
import Run

/// What prototypes are matched to.
struct ReferenceOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "Real images a prototype is matched to, at most.") var references = 50
    @Option(
        help: """
            Which part of an image an inner unit's prototype is matched to: the side of a window in pixels (by default 64 of 224), of which \
            the best in each of the unit's strongest images is found; receptive, what the unit sees where it is strongest; none, the whole \
            image, as by default for images up to 64 pixels.
            """)
    var window: String?
    @Option(
        parsing: .unconditional,
        help: "The distance from one window to the next, as a share of its side; by default 0.8, or 0.5 for images up to 64 pixels.")
    var windowStride: Float?
    @Option(
        help: """
            window: a prototype is matched to the windows themselves; image: to the whole images that they are in, as published: such \
            pictures excite their units more.
            """)
    var referencesAs = "image"
    @Option(parsing: .unconditional, help: "How different an inner unit's references must be: 0, just the best, to 1.")
    var diversity: Float = 0

    func check() throws { try require(references, "--references", in: 1...10_000) }

    /// Fills in the references, with defaults by the size of the images of `network`.
    func record(in options: inout RunOptions, network: ImageNetwork) throws {
        let input = network.input.shape
        options.references = references
        options.window = window ?? ReferenceSettings.defaultWindow(input: input)
        options.windowStride = windowStride ?? ReferenceSettings.defaultStride(input: input)
        options.referencesAs = referencesAs
        options.diversity = diversity
        _ = try ReferenceSettings(options, input: input)
    }
}
