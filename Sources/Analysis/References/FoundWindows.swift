import Diagnostics
import Run

/// What a search for windows has found so far, as it is kept.
struct FoundWindows {
    /// Images that were looked at.
    var images: Int
    /// The best window of each candidate, by its number in the grid; -1 where nobody has looked yet.
    var windows: [Int32]
    /// The mean activation in that window.
    var scores: [Float]

    private static let version = "windows 1"

    init(images: Int, windows: [Int32], scores: [Float]) {
        (self.images, self.windows, self.scores) = (images, windows, scores)
    }

    /// Throws a `Problem` when `bytes` are not those of such a state.
    init(_ bytes: [UInt8]) throws {
        var archive = ByteArchive(bytes)
        guard try archive.takeText() == Self.version else { throw Problem("The saved state is of another version") }
        images = try archive.takeInteger()
        (windows, scores) = (try archive.take(), try archive.take())
        guard windows.count == scores.count else { throw Problem("The saved state is that of another search for windows") }
    }

    var bytes: [UInt8] {
        var archive = ByteArchive()
        archive.put(Self.version)
        archive.put(images)
        archive.put(windows)
        archive.put(scores)
        return archive.bytes
    }

    /// Adds what another shard of the same search found. Throws a `Problem` where both looked at the same, or for different candidates.
    mutating func add(_ other: FoundWindows) throws {
        guard other.windows.count == windows.count else { throw Problem("The shards looked for windows of different candidates") }
        images += other.images
        for (place, window) in other.windows.enumerated() where window >= 0 {
            guard windows[place] < 0 else { throw Problem("Two shards looked at the same image") }
            (windows[place], scores[place]) = (window, other.scores[place])
        }
    }

    /// True when every candidate has its window.
    var isWhole: Bool { windows.allSatisfy { $0 >= 0 } }
}
