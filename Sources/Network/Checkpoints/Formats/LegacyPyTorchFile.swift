import Diagnostics

/// Checkpoints as `torch.save` wrote them before PyTorch 1.6 (and still does on request): five pickles one after the
/// other (magic number, protocol version, system, object, storage keys), then each storage as a count and its elements
/// (`_legacy_load` in pytorch/torch/serialization.py).
enum LegacyPyTorchFile {
    /// The beginning of such a file: 0x1950a86a20f9469cfc6c as pickled with protocol 2.
    static let signature: [UInt8] = [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]

    /// - Throws: `Problem` for a file that is damaged or asks for more than data.
    static func read(_ file: MappedFile, prefix: String?) throws -> CheckpointContents {
        var reader = ByteReader(file, range: signature.count..<file.count, subject: "the protocol version")
        guard case .integer(1001) = try PickleMachine.read(&reader).root else {
            throw file.damaged("it is of an unknown legacy PyTorch version")
        }
        reader = reader.named("the system description")
        let system = try PickleMachine.read(&reader)
        if let items = system.heap.textItems(system.root),
            case .boolean(false)? = items.first(where: { $0.key == "little_endian" })?.value
        {
            throw file.damaged(
                "its numbers are not little-endian", remedy: "Load it with PyTorch on a little-endian machine and save it again.")
        }
        reader = reader.named("its pickle")
        let (root, heap) = try PickleMachine.read(&reader)
        reader = reader.named("the list of storages")
        let list = try PickleMachine.read(&reader)
        guard let keys = list.heap.elements(list.root) else { throw file.damaged("its list of storages is not a list") }

        reader = reader.named("its part of storages")
        var storages: [Int: TensorStorage] = [:]
        for key in keys {
            guard case .string(let key) = key, key.utf8.count <= PickleMachine.nameLimit, let index = heap.storageIndex(key: key),
                storages[index] == nil
            else {
                throw file.damaged("its list of storages names one that no tensor uses, or one twice")
            }
            let described = heap.storages[index]
            let count = try reader.length(Int64.self)
            guard count == described.elementCount else {
                throw file.damaged("storage '\(key)' has \(count) elements where \(described.elementCount) are announced")
            }
            let (size, overflow) = count.multipliedReportingOverflow(by: described.elementType.byteCount)
            guard !overflow else { throw file.damaged("storage '\(key)' has an impossible size: \(count) elements") }
            storages[index] = TensorStorage(file, range: try reader.take(size), elementType: described.elementType)
        }
        guard reader.remaining == 0 else { throw file.damaged("\(reader.remaining) bytes follow its last storage") }

        let dictionary = try StateDictionary(root: root, heap: heap, file: file, prefix: prefix)
        let entries = try dictionary.tensors.map { name, tensor in
            guard let storage = storages[tensor.storage] else { throw file.damaged("the data of tensor '\(name)' is missing") }
            return try TensorEntry(name: name, tensor, in: storage)
        }
        return CheckpointContents(format: "PyTorch (legacy)", dictionary, entries: entries)
    }
}
