internal import COneDNN
import Synchronization

/// Loops on the threads that oneDNN runs its primitives on: as many as `OneDNN.useThreads` set for the calling thread.
///
/// A second pool beside libgomp's would fight with it for the processor, since its threads spin for a while after each
/// primitive. Whatever runs here must give the same bits for every number of threads: each item writes its own results.
public enum Parallel {
    /// The number of threads that a loop begun on the calling thread is shared by, at most.
    public static var threads: Int { max(1, Int(omp_get_max_threads())) }

    /// Runs `body` once on every thread with that thread's number and the number of threads. It is called from several threads at
    /// a time, though the compiler does not check that.
    private static func onEveryThread(_ body: (_ thread: Int, _ count: Int) -> Void) {
        struct Region { let body: (Int, Int) -> Void }
        withoutActuallyEscaping(body) { body in
            var region = Region(body: body)
            withUnsafeMutablePointer(to: &region) {
                GOMP_parallel(
                    { data in
                        guard let region = data?.assumingMemoryBound(to: Region.self) else { return }
                        region.pointee.body(Int(omp_get_thread_num()), Int(omp_get_num_threads()))
                    }, $0, 0, 0)
            }
        }
    }

    /// Calls `body` with ranges that make up `0..<count`, one a thread, none shorter than `minimum` where there are several.
    public static func ranges(_ count: Int, minimum: Int, _ body: (Range<Int>) -> Void) {
        let parts = min(threads, count / max(1, minimum))
        guard parts > 1 else {
            if count > 0 { body(0..<count) }
            return
        }
        onEveryThread { thread, threads in
            let parts = min(parts, threads)
            guard thread < parts else { return }
            body(count * thread / parts..<count * (thread + 1) / parts)
        }
    }

    /// Calls `body` with every number below `count`, in no certain order, and with the number of the thread it runs on (below
    /// `threads`), which gets another item when it is done with one.
    public static func forEach(_ count: Int, _ body: (_ thread: Int, _ item: Int) -> Void) {
        guard threads > 1, count > 1 else {
            for item in 0..<count { body(0, item) }
            return
        }
        let next = Atomic(0)
        onEveryThread { thread, _ in
            while true {
                let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if item >= count { return }
                body(thread, item)
            }
        }
    }
}
