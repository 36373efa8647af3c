public import Diagnostics
public import Run
public import Tensors

/// What the references of inner units are: how many, which part of an image, how different from each other.
public struct ReferenceSettings: Sendable, Equatable {
    /// Which part of an image counts.
    enum Region: Sendable, Equatable {
        /// All of it; the strongest images by spatial maximum.
        case whole
        /// The window of `side` pixels with the largest spatial mean.
        case window(side: Int, stride: Float)
        /// What the strongest position sees.
        case receptiveField
    }

    /// References of a prototype, at most.
    let count: Int
    let region: Region
    /// True when a region only finds the image, which is then used whole.
    let usesWholeImages: Bool
    /// From 0 (the best ones) to 1 (the most different ones).
    let diversity: Float

    /// The settings that `options` ask for, with images of shape `input` (C x H x W). Throws a usage `Problem` for values that
    /// make no sense.
    public init(_ options: RunOptions, input: Shape) throws(Problem) {
        count = options.references
        diversity = options.diversity
        guard (0...1).contains(diversity) else { throw Problem("--diversity takes a number from 0 to 1", kind: .usage) }
        guard options.windowStride > 0, options.windowStride <= 1 else {
            throw Problem(
                "--window-stride takes a number above 0, up to 1", explanation: "It is the share of a window from one to the next.",
                kind: .usage)
        }
        let shorter = min(input[1], input[2])
        switch options.window {
        case "none": region = .whole
        case "receptive": region = .receptiveField
        case let text:
            guard let side = Int(text), (1...shorter).contains(side) else {
                throw Problem(
                    "--window does not know “\(text)”",
                    explanation: "It takes the side of a window in pixels, 1 to \(shorter), `receptive` or `none`.", kind: .usage)
            }
            region = .window(side: side, stride: options.windowStride)
        }
        switch options.referencesAs {
        case "window": usesWholeImages = false
        case "image": usesWholeImages = true
        case let text:
            throw Problem("--references-as does not know “\(text)”", explanation: "It takes `window` or `image`.", kind: .usage)
        }
    }

    /// The window that is searched with by default for images of shape `input`: 64 pixels of 224 as published; none for images up to 64
    /// pixels. There, units whose references were half images, enlarged, reached the 71st percentile of real images at the end of ResNet-20,
    /// with whole images the 99th: an enlarged window is not what the network knows.
    public static func defaultWindow(input: Shape) -> String {
        min(input[1], input[2]) <= 64 ? "none" : String(defaultSide(input: input))
    }

    /// The side of a window where windows are wanted: 64 pixels of 224, half of images up to 64 pixels.
    static func defaultSide(input: Shape) -> Int {
        let shorter = min(input[1], input[2])
        return max(1, shorter <= 64 ? shorter / 2 : (64 * shorter + 112) / 224)
    }

    /// The stride of windows by default, as a share of their side: 0.8 as published; half for small images, where a window of the
    /// middle would be missing otherwise.
    public static func defaultStride(input: Shape) -> Float { min(input[1], input[2]) <= 64 ? 0.5 : 0.8 }

    /// The windows that are searched for images of shape `input`, and that concepts are found in: where none were asked for the whole
    /// picture. What a position sees differs from layer to layer: the default windows stand for it.
    func grid(for input: Shape) -> WindowGrid {
        switch region {
        case .window(let side, let stride): return WindowGrid(side: side, stride: stride, height: input[1], width: input[2])
        case .receptiveField where Self.defaultWindow(input: input) != "none":
            return WindowGrid(
                side: Self.defaultSide(input: input), stride: Self.defaultStride(input: input), height: input[1], width: input[2])
        case .receptiveField, .whole: return WindowGrid(wholeHeight: input[1], width: input[2])
        }
    }

    /// How many references a unit gets of `images` images: at most a tenth of them (three at least), since what excites a unit
    /// must not be everything.
    func count(among images: Int) -> Int { min(count, max(3, images / 10)) }

    /// How many of its strongest images are looked at for `count` references: some more than that, among which windows are better
    /// or more different.
    func candidates(for count: Int) -> Int { diversity > 0 ? 3 * count : count + max(1, count / 2) }
}
