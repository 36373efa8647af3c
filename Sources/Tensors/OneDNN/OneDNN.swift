internal import COneDNN
import Diagnostics

/// The processor engine of oneDNN, one for the process, and what every call to the library needs.
public enum OneDNN {
    /// The engine's owner; the library frees it with the process.
    private struct Engine: @unchecked Sendable {
        let handle: dnnl_engine_t?
        let status: dnnl_status_t
    }

    private static let shared: Engine = {
        var handle: dnnl_engine_t?
        let status = dnnl_engine_create(&handle, dnnl_cpu, 0)
        return Engine(handle: handle, status: status)
    }()

    static func engine() throws -> dnnl_engine_t {
        try check(shared.status, "creating its processor engine")
        guard let handle = shared.handle else { throw Problem("oneDNN gave no processor engine") }
        return handle
    }

    /// The library's name and version, such as `oneDNN 2.6.3`.
    public static var version: String {
        guard let version = dnnl_version()?.pointee else { return "oneDNN" }
        return "oneDNN \(version.major).\(version.minor).\(version.patch)"
    }

    /// Sets how many threads oneDNN uses in calls made from the calling thread, for planning and for running.
    public static func useThreads(_ count: Int) { omp_set_num_threads(Int32(clamping: max(1, count))) }

    static func check(_ status: dnnl_status_t, _ doing: @autoclosure () -> String) throws {
        guard status != dnnl_success else { return }
        let reason =
            switch status {
            case dnnl_out_of_memory: "out of memory"
            case dnnl_invalid_arguments: "the arguments do not fit together"
            case dnnl_unimplemented: "this version does not implement it"
            default: "status \(status.rawValue)"
            }
        throw Problem("oneDNN failed at \(doing()): \(reason)", explanation: "Version in use: \(version).")
    }
}
