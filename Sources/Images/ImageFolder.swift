public import Diagnostics

/// The listing of a data set: which images there are, and which class folder each is in. Nothing is decoded.
///
/// A data set is one of
/// - a folder of class folders, `cat/1.jpg`, `dog/more/2.png`: an image belongs to the topmost folder on its way;
/// - a flat folder of images, without classes, or with a table beside them (CSV, `val_annotations.txt`) that says their classes;
/// - a text file that lists images and their classes: see `ImageList`;
/// - tar files, read where they are: one, a folder of them, or `shards-{000..009}.tar`;
/// - one image.
///
/// Images in folders are the files that end in .png, .jpg and so on (`ImageDecoder.endings`) in any case, and those without any ending
/// that begin as an image. Hidden files and folders are skipped; symbolic links are followed, but no folder is entered twice
/// below one class folder, so that loops end.
public struct ImageFolder: Sendable {
    public struct Item: Sendable, Equatable {
        /// The path from the data set's folder, or as it stands in the text file.
        public let relativePath: String
        /// The path to open.
        public let path: String
        /// The index in `classNames`; nil without a class.
        public let folder: Int?
        /// In bytes.
        public let fileSize: Int
        /// Where the image begins in an archive at `path`; nil where it is a file of its own.
        let offset: Int?

        init(relativePath: String, path: String, folder: Int?, fileSize: Int, offset: Int? = nil) {
            self.relativePath = relativePath
            self.path = path
            self.folder = folder
            self.fileSize = fileSize
            self.offset = offset
        }
    }

    /// What was found besides images to use.
    struct Leftovers: Sendable {
        /// The number of files of each kind that are no images, such as ".txt".
        var kinds: [String: Int] = [:]
        /// Paths of images and folders whose names are not UTF-8.
        var unnameable: [String] = []

        mutating func add(_ listing: DirectoryListing, in directory: String) {
            for name in listing.others { kinds[ImageFolder.ending(of: name).map { ".\($0)" } ?? "", default: 0] += 1 }
            unnameable += listing.unnameable.map { ImageFolder.join(directory, $0) }
        }
    }

    /// The folder or text file that was listed.
    public let path: String
    /// The names of the class folders that hold images, in byte order; empty for a data set without classes.
    public let classNames: [String]
    /// In folders: by class, then by the folder they are in, then by name, in byte order, as torchvision's `ImageFolder`
    /// lists them. From a text file: in the file's order.
    public let items: ImageItems
    /// The folders at the top that hold no image, and so count as no class, in byte order.
    public let emptyFolders: [String]
    /// How its files become pictures.
    public let decoding: ImageDecoding
    let leftovers: Leftovers
    /// Where classes come from, where it is not plain from `path`.
    let source: String?

    /// Lists the data set at `path`. Throws a `Problem` when there is no image, when something cannot be read, when images
    /// stand both beside and in folders, or when a listed image is missing.
    public init(path: String, decoding: ImageDecoding = ImageDecoding()) throws(Problem) {
        switch try FileStatus(path: path) {
        case .directory:
            try self.init(directory: path, decoding: decoding)
        case .file(let size) where Self.hasImageExtension(path):
            let name = path.split(separator: "/").last.map(String.init) ?? path
            self.init(path: path, items: [Item(relativePath: name, path: path, folder: nil, fileSize: size)], decoding: decoding)
        // A compressed one is refused as what it is, not as a text file.
        case .file where Self.ending(of: path) == "tar" || TarArchive.isCalledCompressed(path):
            try self.init(archives: [path], path: path, decoding: decoding)
        case .file:
            let list = try ImageList(path: path)
            self.init(path: path, classNames: list.classNames, items: list.items, decoding: decoding, source: list.source)
        case .missing:
            if let shards = Self.shards(path) {
                try self.init(archives: shards, path: path, decoding: decoding)
                return
            }
            throw Problem.missing(path, expected: "A folder of images, an image, a tar file, or a text file that lists images, was expected.")
        case .other:
            throw Problem("\(path) is neither a folder nor a file", explanation: "A folder of images, an image, a tar file, or a text file that lists images, was expected.")
        }
    }

    init(
        path: String, classNames: [String] = [], items: ImageItems, emptyFolders: [String] = [], decoding: ImageDecoding,
        leftovers: Leftovers = Leftovers(), source: String? = nil
    ) {
        self.path = path
        self.classNames = classNames
        self.items = items
        self.emptyFolders = emptyFolders
        self.decoding = decoding
        self.leftovers = leftovers
        self.source = source
    }

    /// The listing of those of its images that `numbers` name, in their order.
    public func selecting(_ numbers: [Int]) -> ImageFolder {
        ImageFolder(
            path: path, classNames: classNames, items: ImageItems(numbers.lazy.map { items[$0] }), emptyFolders: emptyFolders, decoding: decoding,
            leftovers: leftovers, source: source)
    }

    /// Calls `body` with what there is, piece by piece, for a fingerprint: paths, sizes, and how files become pictures.
    public func forEachPieceOfListing(_ body: (UnsafeRawBufferPointer) -> Void) {
        func pass(_ text: String) { Array(text.utf8).withUnsafeBytes(body) }
        for item in items { pass("\(item.relativePath)\u{0}\(item.fileSize)\u{0}") }
        pass(decoding.identity)
    }

    /// Returns the picture of the image with this number in `items`. Throws a `Problem` when it cannot be read or decoded.
    public func picture(_ number: Int) throws(Problem) -> Picture {
        try stored(number).upright
    }

    /// What the file of the image with this number holds.
    func stored(_ number: Int) throws(Problem) -> DecodedImage {
        let item = items[number]
        return try ImageDecoder.image(bytes(number), name: item.offset == nil ? item.path : "\(item.path): \(item.relativePath)", decoding)
    }

    /// The file of the image with this number in `items`, as it is. Throws a `Problem` when it cannot be read.
    public func bytes(_ number: Int) throws(Problem) -> [UInt8] {
        let item = items[number]
        guard let offset = item.offset else { return try FileBytes.regular(item.path) }
        return try TarArchive.bytes(of: item.path, at: offset, count: item.fileSize)
    }
}

// MARK: - Names

extension ImageFolder {
    /// Whether `name` ends as an image's name.
    static func hasImageExtension(_ name: String) -> Bool {
        ending(of: name).map { ImageDecoder.endings.contains($0) } ?? false
    }

    /// The ending of a file's name in lower case, without its dot; nil where there is none.
    static func ending(of name: String) -> String? {
        let last = name.utf8.split(separator: UInt8(ascii: "/")).last ?? name.utf8[...]
        guard let dot = last.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        return String(name[name.utf8.index(after: dot)...]).lowercased()
    }

    /// `name` without its image's ending.
    static func stem(of name: String) -> Substring {
        guard hasImageExtension(name), let dot = name.lastIndex(of: ".") else { return name[...] }
        return name[..<dot]
    }

    static func join(_ folder: String, _ name: String) -> String {
        if folder.isEmpty || name.hasPrefix("/") { return name }
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }
}
