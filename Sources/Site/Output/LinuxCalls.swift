import Glibc

/// Two calls that glibc has and its Swift module does not show (they want `_GNU_SOURCE`): looked up by name.
enum LinuxCalls {
    /// Exchanges two paths in one step. Returns 0 or the value of `errno`; `ENOSYS` when the system cannot do it.
    static func exchange(_ first: String, _ second: String) -> Int32 {
        typealias Call = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
        guard let symbol = dlsym(nil, "renameat2") else { return ENOSYS }
        let exchangeFlag: UInt32 = 2  // RENAME_EXCHANGE
        return unsafeBitCast(symbol, to: Call.self)(AT_FDCWD, first, AT_FDCWD, second, exchangeFlag) == 0 ? 0 : errno
    }

    /// Copies up to `count` bytes from where `input` stands to where `output` does, within the kernel; file systems that can share bytes do. Returns
    /// how many there were, 0 at the end, below 0 where the system cannot.
    static func copy(_ input: Int32, to output: Int32, _ count: Int) -> Int {
        typealias Call = @convention(c) (Int32, UnsafeMutablePointer<Int>?, Int32, UnsafeMutablePointer<Int>?, Int, UInt32) -> Int
        guard let symbol = dlsym(nil, "copy_file_range") else { return -1 }
        return unsafeBitCast(symbol, to: Call.self)(input, nil, output, nil, count, 0)
    }

    /// Waits until the file system that holds `path` has its bytes on the disk. Returns 0 or the value of `errno`.
    static func flush(fileSystemOf path: String) -> Int32 {
        typealias Call = @convention(c) (Int32) -> Int32
        guard let symbol = dlsym(nil, "syncfs") else { return 0 }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        return unsafeBitCast(symbol, to: Call.self)(descriptor) == 0 ? 0 : errno
    }
}
