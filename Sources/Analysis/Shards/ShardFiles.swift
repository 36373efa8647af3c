import Diagnostics
import Glibc
import Run

/// The files of a run's folder, for shards that begin with some of them and leave others behind.
enum ShardFiles {
    /// The paths of all files in `folder` but its lock, its marker and what a shard says of itself, sorted.
    static func paths(in folder: RunFolder) throws -> [RunPath] {
        var found: [String] = []
        func visit(_ prefix: String) throws {
            guard case .entries(let names) = try FolderContent.of(folder.path + "/" + prefix) else { return }
            for name in names {
                let path = prefix + name
                if FolderContent.isDirectory(folder.path + "/" + path) { try visit(path + "/") } else if !name.hasPrefix(".") { found.append(path) }
            }
        }
        try visit("")
        return found.filter { $0 != ShardRecord.path.description }.compactMap { RunPath($0) }
    }

    /// Lets `folder` have what `taken` names of `basis` and is not there yet: as the same file where the disk allows it, as a copy otherwise.
    /// Files are replaced as a whole, never written into, so that `basis` stays as it is.
    static func take(_ taken: [String], of basis: RunFolder, into folder: RunFolder) throws {
        for path in try paths(in: basis) where taken.contains(where: { $0.hasSuffix("/") ? path.description.hasPrefix($0) : path.description == $0 }) {
            let target = folder.full(path)
            guard access(target, F_OK) != 0 else { continue }
            if let slash = target.lastIndex(of: "/") { try FolderContent.makeDirectory(String(target[..<slash])) }
            if link(basis.full(path), target) != 0, let bytes = try basis.readBytes(path) { try folder.writeBytes(bytes, to: path) }
        }
    }

    /// Removes from `folder` what is the same in `basis`.
    static func removeWhatIsTaken(from folder: RunFolder, of basis: RunFolder) throws {
        for path in try paths(in: folder) where try isSame(path, folder, basis) { unlink(folder.full(path)) }
    }

    /// True when both folders have the same bytes at `path`.
    static func isSame(_ path: RunPath, _ first: RunFolder, _ second: RunFolder) throws -> Bool {
        var status = (stat(), stat())
        guard stat(first.full(path), &status.0) == 0, stat(second.full(path), &status.1) == 0, status.0.st_size == status.1.st_size else {
            return false
        }
        if status.0.st_ino == status.1.st_ino, status.0.st_dev == status.1.st_dev { return true }
        return try first.readBytes(path) == second.readBytes(path)
    }
}
