import Analysis
import ArgumentParser
import Tensors

/// What the references of inner units are.
struct ReferenceOptions: ParsableArguments {
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
            window: a prototype is matched to the windows themselves; image: to the whole images that they are in, as published and by default: \
            such pictures excite their units more.
            """)
    var referencesAs: String?
    @Option(
        parsing: .unconditional, help: "How different an inner unit's references must be: 0, just the best, to 1; 0 by default.")
    var diversity: Float?

    /// The values to use for a network with images of shape `input`, where neither the command line nor `settings` say otherwise
    /// the defaults.
    func chosen(_ settings: ReportConfiguration, input: Shape) -> (window: String, stride: Float, kind: String, diversity: Float) {
        (
            window ?? settings.window ?? ReferenceSettings.defaultWindow(input: input),
            windowStride ?? settings.windowStride ?? ReferenceSettings.defaultStride(input: input),
            referencesAs ?? settings.referencesAs ?? "image", diversity ?? settings.diversity ?? 0
        )
    }
}
