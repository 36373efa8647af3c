public import Dataset
public import Diagnostics
public import Images
public import Run

/// The labelled images of a folder as a network wants them: decoded and brought to size when first asked for, and then kept in
/// memory, as many as a limit allows; the others are decoded each time.
///
/// To be asked from one thread at a time.
public final class LabelledPictures: @unchecked Sendable {
    public private(set) var images: RealImages
    /// The class of every image, by its number in the folder's listing.
    public private(set) var labels: [Int]
    /// Images that are kept: the first ones of the listing.
    public private(set) var keptCount: Int
    private var kept: [Picture?]

    /// - Parameters:
    ///   - folder: images in class folders.
    ///   - classes: the class of every folder; nil where folders, in their order, are the classes.
    ///   - cacheBytes: memory for decoded pictures, three bytes a pixel.
    /// - Throws: `Problem` when an image is in no class.
    public init(_ folder: ImageFolder, classes: [Int]? = nil, preprocessing: Preprocessing, cacheBytes: Int) throws(Problem) {
        var labels: [Int] = []
        for item in folder.items {
            guard let label = item.folder.map({ classes?[$0] ?? $0 }) else {
                throw Problem(
                    "\(item.path) is in no class", explanation: "Training needs a folder of images for each class.",
                    remedy: "Put the images of \(folder.path) into a folder a class.", kind: .usage)
            }
            labels.append(label)
        }
        images = RealImages(folder: folder, preprocessing: preprocessing, labels: labels)
        self.labels = labels
        let size = 3 * preprocessing.cropWidth * preprocessing.cropHeight
        keptCount = min(labels.count, max(0, cacheBytes) / size)
        kept = Array(repeating: nil, count: keptCount)
    }

    public var count: Int { labels.count }

    /// Reads every image once and takes those that cannot be read off the listing: whatever is done with the others is done as if
    /// they were all there had been. Returns them, in order, with what is wrong. Throws a `Problem` when none is left.
    public func leaveOutBroken(threads: Int) throws -> [ImageSetDescription.Skipped] {
        let keptCount = keptCount
        // Only one batch is delivered at a time.
        nonisolated(unsafe) var good: [Int] = [], broken: [(number: Int, problem: Problem)] = [], first: [Picture?] = []
        try ImageReader(images).forEachBatch(of: 0..<count, size: 16, threads: threads) {
        } look: { _, batch in
            zip(batch.numbers, batch.pictures).map { $0 < keptCount ? $1 : nil }
        } deliver: { batch, pictures in
            for ((number, picture), problem) in zip(zip(batch.numbers, pictures), batch.failures) {
                if let problem {
                    broken.append((number, problem))
                } else {
                    good.append(number)
                    if number < keptCount { first.append(picture) }
                }
            }
        }
        let skipped = broken.map { images.skipped($0.number, $0.problem) }
        guard !good.isEmpty else { throw images.noneLeft(skipped) }
        if !skipped.isEmpty {
            labels = good.map { labels[$0] }
            images = RealImages(folder: images.folder.selecting(good), preprocessing: images.preprocessing, labels: labels)
        }
        self.keptCount = min(keptCount, good.count)
        kept = first + Array(repeating: nil, count: self.keptCount - first.count)
        return skipped
    }

    /// Reads them from where they are kept, or else from their files.
    var reader: ImageReader { ImageReader { try self.picture($0) } }

    private func picture(_ number: Int) throws(Problem) -> Picture {
        if number < keptCount, let picture = kept[number] { return picture }
        let picture = try images.picture(number)
        if number < keptCount { kept[number] = picture }
        return picture
    }
}

extension ImageFolder {
    /// The first `count` images of every class.
    public func limited(toPerClass count: Int) -> ImageFolder {
        var taken = [Int](repeating: 0, count: classNames.count)
        return selecting(
            items.indices.filter { number in
                guard let folder = items[number].folder else { return true }
                taken[folder] += 1
                return taken[folder] <= count
            })
    }
}
