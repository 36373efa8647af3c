/// The images of a listing in their order, kept so that a million of them take some fifty megabytes: folders once, and of every image the last
/// part of its name and four numbers.
public struct ImageItems: Sendable {
    /// What images have in common that lie in one folder.
    struct Directory: Hashable, Sendable {
        /// The path to open, where `isWhole`; else what stands before the relative path there.
        var path: String
        /// True for members of an archive, and wherever the relative path is not the end of the path.
        var isWhole: Bool
        /// The relative path up to its last `/`, that included; empty without one.
        var relative: String
    }

    private(set) var directories: [Directory] = []
    private var numbers: [Directory: Int32] = [:]
    /// By image, the number of its directory.
    private(set) var places: [Int32] = []
    /// The last parts of the names, one behind the other in UTF-8, and by image where its own ends.
    private var leaves: [UInt8] = []
    private var ends: [Int] = []
    private var sizes: [Int] = []
    /// By image; -1 without one.
    private var folders: [Int32] = []
    private var offsets: [Int] = []

    init() {}

    init(_ items: some Sequence<ImageFolder.Item>) { for item in items { append(item) } }

    mutating func append(_ item: ImageFolder.Item) {
        let leaf = item.relativePath.utf8.lastIndex(of: UInt8(ascii: "/")).map { item.relativePath.utf8.index(after: $0) }
            ?? item.relativePath.startIndex
        let relative = item.relativePath[..<leaf]
        let before = item.path.utf8.count - item.relativePath.utf8.count
        let isEnd = item.offset == nil && before >= 0 && item.path.utf8.dropFirst(before).elementsEqual(item.relativePath.utf8)
        let path = isEnd ? String(item.path[..<item.path.utf8.index(item.path.startIndex, offsetBy: before)]) : item.path
        append(
            item.relativePath[leaf...].utf8, in: Directory(path: path, isWhole: !isEnd, relative: String(relative)), folder: item.folder,
            fileSize: item.fileSize, offset: item.offset)
    }

    /// Adds an image whose name ends with `leaf`.
    mutating func append(_ leaf: some Sequence<UInt8>, in directory: Directory, folder: Int?, fileSize: Int, offset: Int?) {
        // Mostly the last image's.
        if let last = places.last, directories[Int(last)] == directory {
            places.append(last)
        } else if let known = numbers[directory] {
            places.append(known)
        } else {
            let number = Int32(directories.count)
            numbers[directory] = number
            directories.append(directory)
            places.append(number)
        }
        leaves += leaf
        ends.append(leaves.count)
        sizes.append(fileSize)
        folders.append(folder.map(Int32.init) ?? -1)
        offsets.append(offset ?? -1)
    }

    /// The last part of an image's name.
    func leaf(_ number: Int) -> ArraySlice<UInt8> { leaves[(number == 0 ? 0 : ends[number - 1])..<ends[number]] }

    /// Gives every directory another relative path.
    mutating func rename(_ relative: (Directory) -> String) {
        for number in directories.indices { directories[number].relative = relative(directories[number]) }
        numbers = Dictionary(zip(directories, (0..<Int32(directories.count)))) { first, _ in first }
    }

    /// Gives the images of every directory the folder that stands for it in `values`.
    mutating func setFolders(_ values: [Int?]) {
        let values = values.map { $0.map(Int32.init) ?? -1 }
        for number in places.indices { folders[number] = values[Int(places[number])] }
    }

    /// Gives every image that has a folder another number for it.
    mutating func renumberFolders(_ other: (Int) -> Int?) {
        for number in folders.indices where folders[number] >= 0 { folders[number] = other(Int(folders[number])).map(Int32.init) ?? -1 }
    }

    /// Sorts images by their directory's rank in `ranks`, within it by the bytes of the last part of their names; equal ones keep their order.
    mutating func sort(byDirectory ranks: [Int]) {
        let order = indices.sorted { a, b in
            let (x, y) = (ranks[Int(places[a])], ranks[Int(places[b])])
            if x != y { return x < y }
            let (first, second) = (leaf(a), leaf(b))
            return first.elementsEqual(second) ? a < b : first.lexicographicallyPrecedes(second)
        }
        var (sortedLeaves, sortedEnds): ([UInt8], [Int]) = ([], [])
        sortedLeaves.reserveCapacity(leaves.count)
        for number in order {
            sortedLeaves += leaf(number)
            sortedEnds.append(sortedLeaves.count)
        }
        (leaves, ends) = (sortedLeaves, sortedEnds)
        places = order.map { places[$0] }
        sizes = order.map { sizes[$0] }
        folders = order.map { folders[$0] }
        offsets = order.map { offsets[$0] }
    }
}

extension ImageItems: RandomAccessCollection, Equatable, ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: ImageFolder.Item...) { self.init(elements) }

    public var startIndex: Int { 0 }
    public var endIndex: Int { places.count }

    public subscript(number: Int) -> ImageFolder.Item {
        let directory = directories[Int(places[number])]
        let relative = directory.relative + String(decoding: leaf(number), as: UTF8.self)
        return ImageFolder.Item(
            relativePath: relative, path: directory.isWhole ? directory.path : directory.path + relative,
            folder: folders[number] < 0 ? nil : Int(folders[number]), fileSize: sizes[number], offset: offsets[number] < 0 ? nil : offsets[number])
    }

    public static func == (a: ImageItems, b: ImageItems) -> Bool { a.elementsEqual(b) }
}
