public import Dataset
public import Diagnostics
public import Images

/// The labelled images of a folder as a network wants them: decoded and brought to size when first asked for, and then kept in
/// memory, as many as a limit allows; the others are decoded each time.
///
/// To be asked from one thread at a time.
public final class LabelledPictures: @unchecked Sendable {
    public let images: RealImages
    /// The class of every image, by its number in the folder's listing.
    public let labels: [Int]
    /// Images that are kept: the first ones of the listing.
    public let keptCount: Int
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
