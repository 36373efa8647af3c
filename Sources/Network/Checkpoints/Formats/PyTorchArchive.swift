import Diagnostics

/// Checkpoints as `torch.save` writes them since PyTorch 1.6: a ZIP archive with the pickled object in `data.pkl` and
/// each storage's bytes in `data/<key>`, all in one folder (pytorch/caffe2/serialize/inline_container.h).
enum PyTorchArchive {
    /// - Throws: `Problem` for an archive that is damaged, was not written by `torch.save`, or asks for more than data.
    static func read(_ file: MappedFile) throws -> (nesting: [String], entries: [TensorEntry]) {
        let archive = try ZipArchive(file)
        let pickles = archive.entries.filter { $0.name.hasSuffix("/data.pkl") && $0.name.split(separator: "/").count == 2 }
        guard pickles.count == 1, let pickle = pickles.first else {
            throw file.damaged(
                "it is a ZIP archive without a data.pkl",
                explanation: archive.entries.contains { $0.name.hasSuffix(".npy") }
                    ? "It looks like a NumPy .npz archive." : "Archives that torch.save writes were expected.",
                remedy: "Save the weights with torch.save(model.state_dict(), 'weights.pt').")
        }
        let folder = pickle.name.dropLast("data.pkl".count)
        guard archive.entry(folder + "constants.pkl") == nil else {
            throw file.damaged(
                "it is a TorchScript program, not a state dictionary",
                remedy: "Save its weights: torch.save(torch.jit.load(path).state_dict(), 'weights.pt').")
        }
        try archive.requireStoredEntries()
        if let order = archive.entry(folder + "byteorder") {
            try archive.verify(order)
            guard file.withBytes(in: order.range, { $0.elementsEqual("little".utf8) }) else {
                throw file.damaged(
                    "its numbers are not little-endian",
                    remedy: "Load it with PyTorch on a little-endian machine and save it again.")
            }
        }
        try archive.verify(pickle)
        var reader = ByteReader(file, range: pickle.range, subject: "its pickle")
        let (root, heap) = try PickleMachine.read(&reader)
        let dictionary = try StateDictionary(root: root, heap: heap, file: file)

        var storages: [Int: TensorStorage] = [:]
        let entries = try dictionary.tensors.map { name, tensor in
            if storages[tensor.storage] == nil {
                let described = heap.storages[tensor.storage]
                let entryName = folder + "data/" + described.key
                guard let entry = archive.entry(entryName) else {
                    throw file.damaged("the archive lacks '\(entryName)', the data of tensor '\(name)'")
                }
                // A storage without a type counts its elements, bytes, as UInt8; version 3 tensors bring the type along.
                let (size, overflow) = described.elementCount.multipliedReportingOverflow(by: described.elementType.byteCount)
                guard !overflow, size == entry.range.count else {
                    throw file.damaged(
                        "the data of tensor '\(name)' has \(entry.range.count) bytes where \(described.elementCount) elements of type \(described.elementType.rawValue) are announced"
                    )
                }
                storages[tensor.storage] = TensorStorage(
                    file, range: entry.range, elementType: described.elementType, checksum: entry.checksum)
            }
            guard let storage = storages[tensor.storage] else { throw file.damaged("tensor '\(name)' has no data") }
            return try TensorEntry(name: name, tensor, in: storage)
        }
        return (dictionary.nesting, entries)
    }
}
