import Glibc

/// One line on standard error when a report is stopped (Ctrl-C, `kill`), which ends as it would have without the line:
/// everything found is in the run folder already.
enum StopNotice {
    static func install() {
        // A program that starts this one from a thread of a pool may hand its blocked signals down.
        var stops = sigset_t()
        sigemptyset(&stops)
        for number in [SIGINT, SIGTERM] {
            sigaddset(&stops, number)
            let earlier = signal(number) { number in
                // Only what is allowed in a signal handler.
                let line: StaticString = "\nvitrine: stopped; the same command goes on from here\n"
                _ = write(STDERR_FILENO, line.utf8Start, line.utf8CodeUnitCount)
                signal(number, SIG_DFL)
                raise(number)
            }
            // In the background of a script, or under `nohup`, the signal is none of ours.
            if unsafeBitCast(earlier, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { signal(number, SIG_IGN) }
        }
        pthread_sigmask(SIG_UNBLOCK, &stops, nil)
    }
}
