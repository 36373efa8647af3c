import Glibc

/// Temporary files and folders whose name says which process made them: `<prefix><process>-<anything>`.
public enum Leftover {
    /// True when the process that `name` says has ended: nobody will finish what is there. False for names of another form.
    public static func isOne(_ name: String, prefix: String = AtomicFile.temporaryPrefix) -> Bool {
        guard name.hasPrefix(prefix), let process = name.dropFirst(prefix.count).split(separator: "-").first.flatMap({ pid_t($0) }), process > 0
        else { return false }
        // Somebody else's process answers as well, that it may not be asked.
        return kill(process, 0) != 0 && errno == ESRCH
    }
}
