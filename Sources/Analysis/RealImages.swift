import Diagnostics
public import Images

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

    /// Image `number` as the network sees it, before normalisation. Throws a `Problem` when it cannot be read.
    public func picture(_ number: Int) throws -> Picture {
        preprocessing.picture(try ImageDecoder.picture(at: folder.items[number].path))
    }

    /// Writes image `number` as 3 x H x W normalised values.
    func write(_ number: Int, into target: UnsafeMutablePointer<Float>) throws {
        preprocessing.tensorValues(of: try picture(number), into: target)
    }

    /// About `count` of the images, evenly spread over the listing, and eight of each of `classes`.
    func sample(_ count: Int, of classes: Set<Int>) -> RealImages {
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
