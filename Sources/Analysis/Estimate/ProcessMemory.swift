import Foundation

/// How much memory this process holds, in bytes. Not from `getrusage`, which counts the parent that forked the process too.
public enum ProcessMemory {
    /// The most that was resident at once, since the process began or `resetPeak`; 0 where the system does not tell.
    public static var peak: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }

    /// Lets `peak` begin anew with what is resident now (proc(5), `clear_refs`). Where that is not allowed, the peak stays as it was.
    public static func resetPeak() { try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs")) }
}
