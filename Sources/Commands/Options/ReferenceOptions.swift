import Analysis
import ArgumentParser
import Network
import Run

/// What prototypes are matched to.
struct ReferenceOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "The maximum number of real images that a prototype is matched to.") var references = 50
    @Option(
        help: """
            Which part of an image an inner unit's prototype is matched to: the side of a window in pixels (by default 64 of 224), of which \
            the best in each of the unit's strongest images is found; receptive, the receptive field of its maximum; none, the whole \
            image, as by default for images up to 64 pixels.
            """)
    var window: String?
    @Option(
        parsing: .unconditional,
        help: "The stride of windows, as a fraction of their side; by default 0.8, or 0.5 for images up to 64 pixels.")
    var windowStride: Float?
    @Option(
        help: """
            window: a prototype is matched to the windows themselves; image: to the whole images that they are in, as published: such \
            pictures activate their units more.
            """)
    var referencesAs = "image"
    @Option(parsing: .unconditional, help: "How diverse an inner unit's references must be, from 0 (just the best) to 1.")
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
