import Diagnostics
import Synchronization

/// A run of elements in a file; several tensors may be views of one.
final class TensorStorage: Sendable {
    let file: MappedFile
    let range: Range<Int>
    let elementType: ElementType
    private let integrity: Integrity

    /// `range` lies within the file; `checksum` is its recorded CRC-32, where the format has one.
    convenience init(_ file: MappedFile, range: Range<Int>, elementType: ElementType, checksum: UInt32? = nil) {
        self.init(file, range: range, elementType: elementType, integrity: Integrity(range: range, checksum: checksum))
    }

    private init(_ file: MappedFile, range: Range<Int>, elementType: ElementType, integrity: Integrity) {
        precondition(range.lowerBound >= 0 && range.upperBound <= file.count, "a range outside the file")
        self.file = file
        self.range = range
        self.elementType = elementType
        self.integrity = integrity
    }

    var elementCount: Int { range.count / elementType.byteCount }

    /// A part of the storage, perhaps read as elements of another type. `window`, in elements, lies within it.
    func view(_ window: Range<Int>, as type: ElementType) -> TensorStorage {
        let size = elementType.byteCount
        let start = range.lowerBound + window.lowerBound * size
        return TensorStorage(file, range: start..<start + window.count * size, elementType: type, integrity: integrity)
    }

    /// Checks the bytes against their CRC-32, at the first call only.
    /// - Throws: `Problem` naming `tensor`, whose values are asked for, if they differ.
    func verify(for tensor: String) throws {
        guard integrity.holds(in: file) else {
            throw file.damaged("the data of tensor '\(tensor)' is damaged: its bytes do not match their CRC-32")
        }
    }
}

/// Whether a range of a file matches its CRC-32; found out when first asked, and shared by the views of a storage.
private final class Integrity: Sendable {
    private let range: Range<Int>
    private let checksum: UInt32?
    private let result: Mutex<Bool?>

    init(range: Range<Int>, checksum: UInt32?) {
        self.range = range
        self.checksum = checksum
        result = Mutex(checksum == nil ? true : nil)
    }

    func holds(in file: MappedFile) -> Bool {
        result.withLock { result in
            if let result { return result }
            let holds = file.withBytes(in: range) { CyclicRedundancyCheck.checksum(of: $0) } == checksum
            result = holds
            return holds
        }
    }
}
