import Diagnostics
import Foundation

/// Progress on standard error: one line that is rewritten on a terminal, a plain line now and then elsewhere.
final class TerminalProgress: ProgressReport, @unchecked Sendable {
    private let lock = NSLock()
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var stage = ""
    private var total = 0
    private var pace = Pace(done: 0)
    private var started = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?
    private var lastTenth = -1

    /// Silent when asked, otherwise on standard error.
    static func make(quiet: Bool) -> any ProgressReport { quiet ? SilentProgress() : TerminalProgress() }

    func begin(_ stage: String, total: Int, done: Int) {
        lock.withLock {
            self.stage = stage
            self.total = total
            pace = Pace(done: done)
            started = .now
            lastShown = nil
            lastTenth = -1
            show(done)
        }
    }

    func update(_ done: Int) {
        lock.withLock { show(done) }
    }

    func end() {
        lock.withLock {
            lastShown = nil
            let seconds = started.duration(to: .now).components.seconds
            write(isTerminal ? "\r\u{1b}[K\(stage): done in \(Self.time(Double(seconds)))\n" : "\(stage): done in \(Self.time(Double(seconds)))\n")
        }
    }

    func note(_ line: String) {
        lock.withLock { write((isTerminal ? "\r\u{1b}[K" : "") + line + "\n") }
    }

    private func show(_ done: Int) {
        guard total > 0 else { return }
        let now = ContinuousClock.now
        if isTerminal {
            if let lastShown, lastShown.duration(to: now) < .milliseconds(100), done < total { return }
            lastShown = now
            write("\r\u{1b}[K\(stage): \(done) of \(total) (\(100 * done / total) %)\(remaining(done, now))")
        } else {
            let tenth = 10 * done / total
            guard tenth > lastTenth else { return }
            lastTenth = tenth
            write("\(stage): \(done) of \(total) (\(100 * done / total) %)\(remaining(done, now))\n")
        }
    }

    private func remaining(_ done: Int, _ now: ContinuousClock.Instant) -> String {
        let elapsed = started.duration(to: now)
        pace.note(done, after: Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18)
        return pace.secondsLeft(until: total).map { ", \(Self.time($0)) left" } ?? ""
    }

    private static func time(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        return whole < 60 ? "\(whole) s" : whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole / 60 % 60) min"
    }

    private func write(_ text: String) { StandardError.write(text) }
}
