import Diagnostics
import Foundation

/// Checkpoints as `torch.save` writes them since PyTorch 1.6: a ZIP archive with the pickled object in `data.pkl` and
/// each storage's bytes in `data/<key>`, all in one folder (pytorch/caffe2/serialize/inline_container.h). Some systems unpack such an
/// archive by themselves: the folder is read just as well.
struct PyTorchArchive {
    /// The bytes of an entry.
    private struct Part {
        let file: MappedFile
        let range: Range<Int>
        let checksum: UInt32?
    }

    private let pickle: Part
    /// What stands before the names of all entries: `archive/`; empty for a folder.
    private let folder: String
    /// The entry of a name within the archive's folder; nil if there is none.
    private let part: (String) throws -> Part?

    /// - Throws: `Problem` for an archive that is damaged, was not written by `torch.save`, or asks for more than data.
    static func read(_ archive: ZipArchive, prefix: String?) throws -> CheckpointContents {
        try PyTorchArchive(archive).contents(format: "PyTorch (zip)", prefix: prefix)
    }

    /// The same for an archive that was unpacked into `folder`.
    static func read(unpackedIn folder: String, prefix: String?) throws -> CheckpointContents {
        var contents = try PyTorchArchive(unpackedIn: folder).contents(format: "PyTorch (unpacked)", prefix: prefix)
        contents.companions = Set(contents.entries.map { "data/" + ($0.storage.file.path as NSString).lastPathComponent }).sorted()
        return contents
    }

    private init(_ archive: ZipArchive) throws {
        let file = archive.file
        let pickles = archive.entries.filter { $0.name.hasSuffix("/data.pkl") && $0.name.split(separator: "/").count == 2 }
        guard pickles.count == 1, let pickle = pickles.first else {
            throw file.damaged(
                "it is a ZIP archive without a data.pkl",
                explanation: archive.entries.contains { $0.name.hasSuffix(".npy") }
                    ? "It looks like a NumPy .npz archive." : "Archives that torch.save writes were expected.",
                remedy: "Save the weights with torch.save(model.state_dict(), 'weights.pt').")
        }
        let folder = String(pickle.name.dropLast("data.pkl".count))
        self.folder = folder
        guard archive.entry(folder + "constants.pkl") == nil else { throw Self.torchScript(file) }
        try archive.requireStoredEntries()
        try archive.verify(pickle)
        self.pickle = Part(file: file, range: pickle.range, checksum: pickle.checksum)
        part = { name in archive.entry(folder + name).map { Part(file: file, range: $0.range, checksum: $0.checksum) } }
        if let order = archive.entry(folder + "byteorder") { try archive.verify(order) }
    }

    private init(unpackedIn folder: String) throws {
        let manager = FileManager.default
        let file = try MappedFile(path: folder + "/data.pkl")
        guard !manager.fileExists(atPath: folder + "/constants.pkl") else { throw Self.torchScript(file) }
        pickle = Part(file: file, range: 0..<file.count, checksum: nil)
        self.folder = ""
        part = { name in
            let path = folder + "/" + name
            guard manager.fileExists(atPath: path) else { return nil }
            let file = try MappedFile(path: path)
            return Part(file: file, range: 0..<file.count, checksum: nil)
        }
    }

    private static func torchScript(_ file: MappedFile) -> Problem {
        file.damaged(
            "it is a TorchScript program, not a state dictionary",
            remedy: "Save its weights with torch.save(torch.jit.load(path).state_dict(), 'weights.pt'), or export the module that it was "
                + "made of with torch.onnx.export.")
    }

    private func contents(format: String, prefix: String?) throws -> CheckpointContents {
        let file = pickle.file
        if let order = try part("byteorder") {
            guard order.file.withBytes(in: order.range, { $0.elementsEqual("little".utf8) }) else {
                throw file.damaged(
                    "its numbers are not little-endian",
                    remedy: "Load it with PyTorch on a little-endian machine and save it again.")
            }
        }
        var reader = ByteReader(file, range: pickle.range, subject: "its pickle")
        let (root, heap) = try PickleMachine.read(&reader)
        let dictionary = try StateDictionary(root: root, heap: heap, file: file, prefix: prefix)

        var storages: [Int: TensorStorage] = [:]
        let entries = try dictionary.tensors.map { name, tensor in
            if storages[tensor.storage] == nil { storages[tensor.storage] = try storage(heap.storages[tensor.storage], of: name) }
            guard let storage = storages[tensor.storage] else { throw file.damaged("tensor '\(name)' has no data") }
            return try TensorEntry(name: name, tensor, in: storage)
        }
        return CheckpointContents(format: format, dictionary, entries: entries)
    }

    private func storage(_ described: PickleHeap.Storage, of tensor: String) throws -> TensorStorage {
        let file = pickle.file
        // A key is a name of a file here, and never a path.
        guard !described.key.isEmpty, described.key.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x2F && $0 != 0x5C }),
            described.key != "..", described.key != ".", let part = try part("data/" + described.key)
        else {
            throw file.damaged("the archive lacks '\(folder)data/\(described.key)', the data of tensor '\(tensor)'")
        }
        // A storage without a type counts its elements, bytes, as UInt8; version 3 tensors bring the type along.
        let (size, overflow) = described.elementCount.multipliedReportingOverflow(by: described.elementType.byteCount)
        guard !overflow, size == part.range.count else {
            throw file.damaged(
                "the data of tensor '\(tensor)' has \(part.range.count) bytes where \(described.elementCount) elements of type \(described.elementType.rawValue) are announced"
            )
        }
        return TensorStorage(part.file, range: part.range, elementType: described.elementType, checksum: part.checksum)
    }
}
