internal import Diagnostics

extension ImageFolder {
    init(directory path: String, decoding: ImageDecoding) throws(Problem) {
        let top = try DirectoryListing(path: path)
        var leftovers = Leftovers()
        leftovers.add(top, in: "")
        var items = ImageItems(
            top.images.lazy.map { Item(relativePath: $0.name, path: Self.join(path, $0.name), folder: nil, fileSize: $0.size) })
        var classNames: [String] = []
        var emptyFolders: [String] = []
        var mixture: Item?
        for name in top.directories {
            let count = items.count
            try Self.addImages(below: name, of: path, top: top.identity, folder: classNames.count, to: &items, &leftovers)
            guard items.count > count else {
                emptyFolders.append(name)
                continue
            }
            if !top.images.isEmpty, mixture == nil { mixture = items[count] }
            classNames.append(name)
        }
        if let mixture {
            throw Problem(
                "\(path) holds images both beside folders and in them, such as \(items[0].relativePath) and \(mixture.relativePath)",
                explanation: "images are either all in class folders or all beside each other",
                remedy: "move the images at the top into class folders, or list the images wanted in a text file")
        }
        guard !items.isEmpty else {
            let archives = top.others.filter { Self.ending(of: $0) == "tar" }
            guard archives.isEmpty else {
                try self.init(archives: archives.map { Self.join(path, $0) }, path: path, decoding: decoding)
                return
            }
            throw Self.empty(path, leftovers)
        }
        // One folder, be it called `images` or `val`, says nothing of classes; a table beside it may.
        if classNames.count <= 1, let (name, table) = try Self.table(in: path, top, imageCount: items.count) {
            let kind = Self.ending(of: name).map { ".\($0)" } ?? ""
            leftovers.kinds[kind] = leftovers.kinds[kind].flatMap { $0 > 1 ? $0 - 1 : nil }
            let missing = items.count - table.items.count
            self.init(
                path: path, classNames: table.classNames, items: table.items, decoding: decoding, leftovers: leftovers,
                source: "\(name)\(table.source.map { ", \($0)" } ?? "")\(missing > 0 ? ", which leaves out \(missing) images" : "")")
            return
        }
        self.init(path: path, classNames: classNames, items: items, emptyFolders: emptyFolders, decoding: decoding, leftovers: leftovers)
    }

    /// The only table in the folder at `path` that says the classes of most of its `imageCount` images: Tiny ImageNet's
    /// annotations, or a CSV. Throws a `Problem` when there are several.
    private static func table(in path: String, _ listing: DirectoryListing, imageCount: Int) throws(Problem) -> (name: String, list: ImageList)? {
        let candidates = listing.others.filter { $0 == "val_annotations.txt" || ["csv", "tsv"].contains(ending(of: $0) ?? "") }
        var tables: [(name: String, list: ImageList)] = []
        for name in candidates {
            // One that is about something else is passed over.
            guard let list = try? ImageList(path: join(path, name)), !list.classNames.isEmpty, 2 * list.items.count > imageCount else { continue }
            tables.append((name, list))
        }
        guard tables.count <= 1 else {
            throw Problem(
                "\(path) holds several tables that say the classes of images: \(tables.map(\.name).joined(separator: ", "))",
                remedy: "give the one that is meant in place of the folder")
        }
        return tables.first
    }

    /// Adds the images in and below the folder `name` of `root` to `items`.
    private static func addImages(
        below name: String, of root: String, top: DirectoryListing.Identity, folder: Int, to items: inout ImageItems,
        _ leftovers: inout Leftovers
    ) throws(Problem) {
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
            leftovers.add(listing, in: directory)
            if !listing.images.isEmpty { found.append((directory, listing.images)) }
            waiting += listing.directories.map { "\(directory)/\($0)" }
        }
        found.sort { DirectoryListing.precedes($0.directory, $1.directory) }
        let before = join(root, "")
        for (directory, images) in found {
            let place = ImageItems.Directory(path: before, isWhole: false, relative: "\(directory)/")
            for image in images { items.append(image.name.utf8, in: place, folder: folder, fileSize: image.size, offset: nil) }
        }
    }

    private static func empty(_ path: String, _ leftovers: Leftovers) -> Problem {
        Problem(
            "\(path) holds no images",
            explanation: "files that end in .png, .jpg, .jpeg, .webp, .tif, .bmp, .gif or .ppm were looked for, in the folder itself and in its folders"
                + (leftovers.words.map { "; there are \($0)" } ?? ""),
            remedy: "check the path, or convert the images to PNG or JPEG")
    }
}
