public import Diagnostics
public import Images
public import Network
public import Run

/// The real images of a run, as the network wants them.
public struct RealImages: Sendable {
    public let folder: ImageFolder
    public let preprocessing: Preprocessing
    /// The class of each image, by its number in the folder's listing; nil where it is not known.
    public let labels: [Int?]

    public init(folder: ImageFolder, preprocessing: Preprocessing, labels: [Int?]) {
        precondition(labels.count == folder.items.count, "a label, or none, for every image")
        self.folder = folder
        self.preprocessing = preprocessing
        self.labels = labels
    }

    public var count: Int { folder.items.count }
    public var isLabelled: Bool { labels.contains { $0 != nil } }

    /// How many kinds of images statistics tell apart: the classes of `network`, or where it has none, the folders; 0 without labels.
    public func kinds(for network: ImageNetwork) -> Int {
        guard isLabelled else { return 0 }
        return network.hasClasses ? network.classCount : 1 + labels.reduce(-1) { max($0, $1 ?? -1) }
    }

    /// SHA-256 over the images' paths and sizes, in hexadecimal: which images these are. Made anew each time.
    public var listing: String {
        var hash = RunningHash()
        folder.forEachPieceOfListing { hash.update($0) }
        return hash.finish()
    }

    /// Image `number` as the network sees it, before normalisation. Throws a `Problem` when it cannot be read.
    public func picture(_ number: Int) throws(Problem) -> Picture {
        preprocessing.picture(try folder.picture(number))
    }

    /// A reference as the network sees it, before normalisation: of the picture that the network would see, its window, resized
    /// to the input's size (bilinear, antialiased). Throws a `Problem` when the image cannot be read.
    public func picture(_ reference: Reference) throws -> Picture {
        let whole = try picture(reference.image)
        guard let window = reference.window else { return whole }
        return try enlarged(window, of: whole, number: reference.image)
    }

    /// The part of a reference's image that it speaks of, at its own size. Throws a `Problem` when the image cannot be read.
    public func cut(_ reference: Reference) throws -> Picture {
        let whole = try picture(reference.image)
        guard let window = reference.window else { return whole }
        return try cut(window, of: whole, number: reference.image)
    }

    private func cut(_ window: [Int], of whole: Picture, number: Int) throws -> Picture {
        guard let cut = whole.cropped(to: window) else {
            throw Problem(
                "\(folder.items[number].relativePath) has no window \(window)",
                explanation: "The picture that the network sees has \(whole.height) x \(whole.width) pixels.")
        }
        return cut
    }

    /// How real images are kept in a run folder: `png` for small ones, `jpg` for others.
    public var keptFormat: String { preprocessing.cropHeight <= 64 ? "png" : "jpg" }

    /// A picture's file as `keptFormat` says.
    public func encoded(_ picture: Picture) throws -> [UInt8] {
        if keptFormat == "png" { return try PNGEncoder.encode(picture) }
        return try JPEGEncoder.encode(picture, quality: 90)
    }

    /// Writes `reference` as C x H x W normalised values. Throws a `Problem` when the image cannot be read.
    public func write(_ reference: Reference, into target: UnsafeMutablePointer<Float>) throws {
        preprocessing.tensorValues(of: try picture(reference), into: target)
    }

    /// Writes the part `window` of a picture that the network sees, at the size of the network's input, as C x H x W normalised values.
    /// `number` is the image's. Throws a `Problem` when the picture has no such window.
    public func write(_ window: [Int], of whole: Picture, number: Int, into target: UnsafeMutablePointer<Float>) throws {
        preprocessing.tensorValues(of: try enlarged(window, of: whole, number: number), into: target)
    }

    private func enlarged(_ window: [Int], of whole: Picture, number: Int) throws -> Picture {
        try cut(window, of: whole, number: number).resized(width: preprocessing.cropWidth, height: preprocessing.cropHeight, filter: .bilinear)
    }

    /// Image `number` as one that was left out, because of `problem`.
    public func skipped(_ number: Int, _ problem: Problem) -> ImageSetDescription.Skipped {
        .init(path: folder.items[number].relativePath, reason: problem.summary)
    }

    /// What is thrown when every image was left out: `skipped`, in order.
    public func noneLeft(_ skipped: [ImageSetDescription.Skipped]) -> Problem {
        Problem(
            count == 1 ? "The only image could not be read" : "None of the \(count) images could be read",
            explanation: skipped.first.map { count == 1 ? "\($0.path): \($0.reason)." : "The first one: \($0.path): \($0.reason)." },
            remedy: "Give JPEG, PNG, GIF, WebP or TIFF files that other programs can open.")
    }

    /// About `count` of the images, evenly spread over the listing, and eight of each of `classes`.
    public func sample(_ count: Int, of classes: Set<Int>) -> RealImages {
        var chosen = Set((0..<min(count, self.count)).map { $0 * self.count / min(count, self.count) })
        var left = Dictionary(uniqueKeysWithValues: classes.map { ($0, 8) })
        for (number, label) in labels.enumerated() {
            guard let label, let open = left[label], open > 0 else { continue }
            left[label] = open - 1
            chosen.insert(number)
        }
        let numbers = chosen.sorted()
        return RealImages(folder: folder.selecting(numbers), preprocessing: preprocessing, labels: numbers.map { labels[$0] })
    }
}
