public import Diagnostics

extension Labels {
    /// Which class each folder of a data set is.
    public struct Match: Sendable, Equatable {
        /// The name of each class of the network.
        public let names: [String]
        /// For each folder its class; nil for all where the folders say nothing about classes.
        public let classOfFolder: [Int?]
        /// Why there are no classes, or what was assumed about them; nil when nothing needs saying.
        public let warning: String?
    }

    /// Returns the class of each of `folders`, for a network of `classCount` classes.
    ///
    /// With `labels`, a folder is matched, in this order, with a class's folder, with a class's name, with either regardless of
    /// case, and with a class's folder followed by `_`, `-`, `.` or a space (`n01440764_tench`). Without, or where none
    /// matches, folders whose names are whole numbers are those classes, counted from 0 or from 1 (`FolderNumbers`), if all
    /// are; else folders in sorted order are the classes, if there are as many, as torchvision's `ImageFolder` numbers them;
    /// else they are groups without a class, and `warning` says so. `emptyFolders`, which hold no image, count where the
    /// number of folders is right with them only.
    ///
    /// Of several classes of one name each is given its number behind it, so that names tell classes apart.
    ///
    /// Throws a `Problem` when `labels` are not `classCount` and do not name each of `classCount` folders, when folders match
    /// no class or several, or when two folders are the same class by number (`7` and `07`).
    public static func match(
        classCount: Int, folders: [String], emptyFolders: [String] = [], labels: Labels?
    ) throws(Problem) -> Match {
        guard let labels else { return try match(classCount: classCount, folders: folders, emptyFolders: emptyFolders) }
        guard labels.names.count == classCount else {
            if let chosen = labels.chosen(by: folders), folders.count == classCount {
                return Match(
                    names: distinct(chosen), classOfFolder: Array(folders.indices),
                    warning: "the class list has \(labels.names.count) classes, the network \(classCount): those that have a folder are taken for its classes, in sorted order")
            }
            throw Problem(
                "the class list has \(labels.names.count) classes, the network \(classCount)",
                explanation: "the list must name each of the network's classes, in the order of its outputs",
                remedy: "give the list that belongs to this network")
        }
        let names = distinct(labels.names)
        if !folders.contains(where: { labels.isKnown($0) }), let numbers = FolderNumbers(folders, emptyFolders, classCount: classCount) {
            return Match(names: names, classOfFolder: try numbers.classes(), warning: numbers.remark)
        }
        return Match(names: names, classOfFolder: try labels.classes(of: folders), warning: nil)
    }

    /// Names of which those that several classes share have the class's number behind them.
    static func distinct(_ names: [String]) -> [String] {
        var counts: [String: Int] = [:]
        for name in names { counts[name, default: 0] += 1 }
        return names.enumerated().map { counts[$1] == 1 ? $1 : "\($1) (\($0))" }
    }

    /// True where the list has one of `folders` by its name: it is about such folders then.
    public func knowsAny(of folders: [String]) -> Bool { folders.contains(where: isKnown) }

    private func isKnown(_ folder: String) -> Bool {
        folders.contains(folder) || names.contains(folder)
    }

    /// The names of the classes of `folders`, if the list has each of them by its folder.
    private func chosen(by folders: [String]) -> [String]? {
        let table = Dictionary(zip(self.folders, names).compactMap { pair in pair.0.map { ($0, pair.1) } }, uniquingKeysWith: { first, _ in first })
        let found = folders.compactMap { table[$0] }
        return found.count == folders.count ? found : nil
    }

    private func classes(of folders: [String]) throws(Problem) -> [Int?] {
        func index(_ keys: [String?]) -> [String: [Int]] {
            var table: [String: [Int]] = [:]
            for (position, key) in keys.enumerated() {
                if let key { table[key, default: []].append(position) }
            }
            return table
        }
        let lowerFolders = self.folders.map { $0?.lowercased() }
        let exact = [index(self.folders), index(names)]
        let anyCase = [index(lowerFolders), index(names.map { $0.lowercased() })]

        func candidates(for folder: String) -> [Int] {
            for table in exact {
                if let found = table[folder] { return found }
            }
            let lower = folder.lowercased()
            for table in anyCase {
                if let found = table[lower] { return found }
            }
            // The longest beginning that is a class's folder.
            for end in lower.indices.reversed() where "_-. ".contains(lower[end]) {
                if let found = anyCase[0][String(lower[..<end])] { return found }
            }
            return []
        }

        var unmatched: [String] = []
        var ambiguous: [String] = []
        var classes: [Int?] = []
        for folder in folders {
            let found = candidates(for: folder)
            if found.isEmpty { unmatched.append(folder) }
            if found.count > 1 { ambiguous.append("\(folder) (classes \(found.map(String.init).joined(separator: ", ")))") }
            classes.append(found.first)
        }
        guard unmatched.isEmpty else {
            let near = nearestNames(to: unmatched[0], among: names + self.folders.compactMap { $0 }, count: 2)
            throw Problem(
                "\(unmatched.count) of \(folders.count) folders are no class of the class list: \(unmatched.listed(first: 10))",
                explanation: near.isEmpty ? nil : "the list has \(near.joined(separator: " and "))",
                remedy: "rename the folders to the classes' names, or give a class list with lines \"folder<tab>name\"")
        }
        guard ambiguous.isEmpty else {
            throw Problem(
                "folders match several classes of the class list: \(ambiguous.listed(first: 10))",
                remedy: "give a class list with lines \"folder<tab>name\"")
        }
        return classes
    }

    private static func match(classCount: Int, folders: [String], emptyFolders: [String]) throws(Problem) -> Match {
        let numbered = (0..<classCount).map { "class \($0)" }
        guard !folders.isEmpty else {
            return Match(names: numbered, classOfFolder: [], warning: nil)
        }
        if let numbers = FolderNumbers(folders, emptyFolders, classCount: classCount) {
            return Match(names: numbered, classOfFolder: try numbers.classes(), warning: numbers.remark)
        }
        if folders.count == classCount {
            return Match(names: folders, classOfFolder: Array(folders.indices), warning: nil)
        }
        if !emptyFolders.isEmpty, folders.count + emptyFolders.count == classCount {
            let names = (folders + emptyFolders).sorted(by: DirectoryListing.precedes)
            return Match(
                names: names, classOfFolder: folders.map { names.firstIndex(of: $0) },
                warning: "folders without an image count as classes: \(emptyFolders.prefix(10).joined(separator: ", "))")
        }
        return Match(
            names: numbered,
            classOfFolder: Array(repeating: nil, count: folders.count),
            warning: "there \(folders.count == 1 ? "is 1 folder" : "are \(folders.count) folders") for \(classCount) classes and no class list, so \(folders.count == 1 ? "it is taken as a group" : "folders are taken as groups") without a class")
    }
}
