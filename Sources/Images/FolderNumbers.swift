internal import Diagnostics

/// Folders whose names are the numbers of classes.
struct FolderNumbers {
    private let numbers: [Int]
    private let names: [String]
    private let first: Int
    private let isOpen: Bool
    private let classCount: Int

    /// Nil unless all names are whole numbers of `classCount` classes, counted from 0 or from 1. They are counted from 1
    /// when there is a folder of each number from 1 to `classCount`, be it with images or without.
    init?(_ folders: [String], _ emptyFolders: [String], classCount: Int) {
        func number(_ name: String) -> Int? {
            !name.isEmpty && name.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(name) : nil
        }
        let numbers = folders.compactMap(number), others = emptyFolders.compactMap(number)
        guard !numbers.isEmpty, numbers.count == folders.count, classCount > 0 else { return nil }
        let all = numbers + others.filter { $0 <= classCount }
        guard let least = all.min(), let greatest = numbers.max() else { return nil }
        first = least == 1 && all.max() == classCount && Set(all).count == classCount ? 1 : 0
        guard greatest < classCount + first else { return nil }
        // Of a few of many classes nothing can be said.
        isOpen = least > 0 && first == 0 && 2 * numbers.count >= classCount
        self.numbers = numbers
        self.classCount = classCount
        names = folders
    }

    /// The class of each folder. Throws a `Problem` when two folders are the same class.
    func classes() throws(Problem) -> [Int] {
        guard Set(numbers).count == numbers.count else {
            throw Problem("two folders stand for the same class number", explanation: "folders named 7 and 07 are the same class", remedy: "merge them")
        }
        return numbers.map { $0 - first }
    }

    /// How the numbers were taken, where that can be wrong.
    var remark: String? {
        let isSorted = numbers == numbers.sorted()
        let order = isSorted ? "" : "; a network trained on folders sorted as text (1, 10, 2, …), as torchvision's ImageFolder sorts them, needs a class list"
        if first == 1 { return "folders are taken as class numbers from 1: folder \(names[0]) is class \(numbers[0] - 1)\(order)" }
        if isOpen {
            return "folders are taken as class numbers from 0; there is neither a folder 0 nor a folder \(classCount), so that they may be counted from 1: a class list would say"
        }
        return numbers.count == classCount && !isSorted ? "folders are taken as class numbers from 0\(order)" : nil
    }
}
