public import Diagnostics

/// The listing of a data set: which images there are, and which class folder each is in. Nothing is decoded.
///
/// A data set is one of
/// - a folder of class folders, `cat/1.jpg`, `dog/more/2.png`: an image belongs to the topmost folder on its way;
/// - a flat folder of images, without classes;
/// - a text file that lists images, one a line, relative to the text file's folder, with the class after a tab if it is
///   known; `#` begins a comment line;
/// - one image.
///
/// Images in folders are the files that end in .png, .jpg or .jpeg in any case. Hidden files and folders are skipped;
/// symbolic links are followed, but no folder is entered twice below one class folder, so that loops end.
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
    }

    /// The folder or text file that was listed.
    public let path: String
    /// The names of the class folders that hold images, in byte order; empty for a data set without classes.
    public let classNames: [String]
    /// In folders: by class, then by the folder they are in, then by name, in byte order, as torchvision's `ImageFolder`
    /// lists them. From a text file: in the file's order.
    public let items: [Item]
    /// The folders at the top that hold no image, and so count as no class, in byte order.
    public let emptyFolders: [String]

    /// Lists the data set at `path`. Throws a `Problem` when there is no image, when something cannot be read, when images
    /// stand both beside and in folders, or when a listed image is missing.
    public init(path: String) throws(Problem) {
        switch try FileStatus(path: path) {
        case .directory:
            try self.init(directory: path)
        case .file(let size) where Self.hasImageExtension(path):
            let name = path.split(separator: "/").last.map(String.init) ?? path
            self.init(path: path, classNames: [], items: [Item(relativePath: name, path: path, folder: nil, fileSize: size)])
        case .file:
            try self.init(list: path)
        case .missing:
            throw Problem(
                "\(path) does not exist", explanation: "a folder of images, or a text file that lists images, was expected",
                remedy: "check the path")
        case .other:
            throw Problem("\(path) is neither a folder nor a file", explanation: "a folder of images, or a text file that lists images, was expected")
        }
    }

    private init(path: String, classNames: [String], items: [Item], emptyFolders: [String] = []) {
        self.path = path
        self.classNames = classNames
        self.items = items
        self.emptyFolders = emptyFolders
    }

    /// The listing of those of its images that `numbers` name, in their order.
    public func selecting(_ numbers: [Int]) -> ImageFolder {
        ImageFolder(path: path, classNames: classNames, items: numbers.map { items[$0] }, emptyFolders: emptyFolders)
    }

    /// Whether `name` ends as the name of a PNG or JPEG file.
    static func hasImageExtension(_ name: String) -> Bool {
        let end = name.utf8.suffix(5).map { $0 | 0x20 }  // Lower case, for letters; the dot stays itself.
        return end.suffix(4).elementsEqual(".png".utf8) || end.suffix(4).elementsEqual(".jpg".utf8) || end.elementsEqual(".jpeg".utf8)
    }

    static func join(_ folder: String, _ name: String) -> String {
        if folder.isEmpty || name.hasPrefix("/") { return name }
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }
}

// MARK: - Folders

extension ImageFolder {
    private init(directory path: String) throws(Problem) {
        let top = try DirectoryListing(path: path)
        var items = top.images.map { Item(relativePath: $0.name, path: Self.join(path, $0.name), folder: nil, fileSize: $0.size) }
        var classNames: [String] = []
        var emptyFolders: [String] = []
        for name in top.directories {
            let found = try Self.images(below: name, of: path, top: top.identity, folder: classNames.count)
            if found.isEmpty {
                emptyFolders.append(name)
                continue
            }
            guard top.images.isEmpty else {
                throw Problem(
                    "\(path) holds images both beside folders and in them, such as \(items[0].relativePath) and \(found[0].relativePath)",
                    explanation: "images are either all in class folders or all beside each other",
                    remedy: "move the images at the top into class folders, or list the images wanted in a text file")
            }
            items += found
            classNames.append(name)
        }
        guard !items.isEmpty else {
            throw Problem(
                "\(path) holds no images",
                explanation: "files that end in .png, .jpg or .jpeg were looked for, in the folder itself and in its folders",
                remedy: "check the path, or convert the images to PNG or JPEG")
        }
        self.init(path: path, classNames: classNames, items: items, emptyFolders: emptyFolders)
    }

    /// Returns the images in and below the folder `name` of `root`.
    private static func images(below name: String, of root: String, top: DirectoryListing.Identity, folder: Int) throws(Problem) -> [Item] {
        var entered: Set<DirectoryListing.Identity> = [top]
        var found: [(directory: String, images: [DirectoryListing.Image])] = []
        // Breadth first, so that of several ways to a folder the shortest and first one counts, in any file system.
        var waiting = [name]
        var next = 0
        while next < waiting.count {
            let directory = waiting[next]
            next += 1
            let listing = try DirectoryListing(path: join(root, directory))
            guard entered.insert(listing.identity).inserted else { continue }
            if !listing.images.isEmpty { found.append((directory, listing.images)) }
            waiting += listing.directories.map { "\(directory)/\($0)" }
        }
        found.sort { DirectoryListing.precedes($0.directory, $1.directory) }
        return found.flatMap { directory, images in
            images.map { image in
                let relative = "\(directory)/\(image.name)"
                return Item(relativePath: relative, path: join(root, relative), folder: folder, fileSize: image.size)
            }
        }
    }
}

// MARK: - Text files

extension ImageFolder {
    private init(list path: String) throws(Problem) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        var listed: [(relativePath: String, path: String, className: String?, fileSize: Int)] = []
        var missing: [String] = []
        for (number, line) in try FileBytes.lines(of: path).enumerated() {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard let first = fields.first, !first.allSatisfy(\.isWhitespace), !line.hasPrefix("#") else { continue }
            guard fields.count <= 2 else {
                throw Problem(
                    "\(path), line \(number + 1), has \(fields.count) columns",
                    explanation: "a path was expected, and after a tab a class if it is known")
            }
            let name = String(first)
            let className = fields.count == 2 && !fields[1].isEmpty ? String(fields[1]) : nil
            if case .file(let size) = try FileStatus(path: Self.join(folder, name)) {
                listed.append((name, Self.join(folder, name), className, size))
            } else {
                missing.append("\(name) (line \(number + 1))")
            }
        }
        guard missing.isEmpty else {
            throw Problem(
                "\(path) lists \(missing.count) images that are not there: \(missing.prefix(3).joined(separator: ", "))"
                    + (missing.count > 3 ? " and others" : ""),
                explanation: "paths are relative to the folder of the text file",
                remedy: "correct the list, or put the images in their places")
        }
        guard !listed.isEmpty else {
            throw Problem("\(path) lists no images", explanation: "a text file with the path of an image on each line was expected")
        }
        let classNames = Set(listed.compactMap(\.className)).sorted(by: DirectoryListing.precedes)
        let indices = Dictionary(uniqueKeysWithValues: classNames.enumerated().map { ($1, $0) })
        let items = listed.map {
            Item(relativePath: $0.relativePath, path: $0.path, folder: $0.className.flatMap { indices[$0] }, fileSize: $0.fileSize)
        }
        self.init(path: path, classNames: classNames, items: items)
    }
}
