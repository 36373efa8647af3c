internal import Diagnostics

/// Finds the images that a list names, below the folder that the list is in.
struct ImageIndex {
    /// Folders within folders that are looked into: a list may lie in a home folder.
    private static let depth = 3

    private let folder: String
    /// By the name alone, by the name without its ending, and by the path without its ending; made when a name is no path.
    private lazy var found: [String: [ImageFolder.Item]] = Self.index(below: folder)

    init(folder: String) {
        self.folder = folder
    }

    /// The image that `name` means: the file at this path, else the only image of this name, with or without its ending,
    /// up to three folders below. Nil when there is none or there are several.
    mutating func item(_ name: String) throws(Problem) -> ImageFolder.Item? {
        guard !name.isEmpty, name.utf8.count < 4096, !name.utf8.contains(0) else { return nil }
        let path = ImageFolder.join(folder, name)
        if case .file(let size) = try FileStatus(path: path) {
            return ImageFolder.Item(relativePath: name, path: path, folder: nil, fileSize: size)
        }
        guard let candidates = found[name], candidates.count == 1 else { return nil }
        return candidates[0]
    }

    private static func index(below folder: String) -> [String: [ImageFolder.Item]] {
        var table: [String: [ImageFolder.Item]] = [:]
        var entered: Set<DirectoryListing.Identity> = []
        var waiting = [""]
        var next = 0
        while next < waiting.count {
            let directory = waiting[next]
            next += 1
            // A folder that cannot be read holds nothing to be found.
            guard let listing = try? DirectoryListing(path: directory.isEmpty ? (folder.isEmpty ? "." : folder) : ImageFolder.join(folder, directory)),
                entered.insert(listing.identity).inserted
            else { continue }
            for image in listing.images {
                let relative = ImageFolder.join(directory, image.name)
                let item = ImageFolder.Item(
                    relativePath: relative, path: ImageFolder.join(folder, relative), folder: nil, fileSize: image.size)
                let names = Set([image.name, String(ImageFolder.stem(of: image.name)), String(ImageFolder.stem(of: relative))])
                for name in names { table[name, default: []].append(item) }
            }
            if directory.split(separator: "/").count < depth { waiting += listing.directories.map { ImageFolder.join(directory, $0) } }
        }
        return table
    }
}
