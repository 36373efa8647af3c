import Diagnostics
import Foundation

/// A network as `torch.export.save` writes it (`.pt2`): a ZIP archive with the graph as JSON in `models/`, and its tensors, each stored as
/// bytes with a table beside them, in `data/weights/` and `data/constants/` (pytorch/torch/export/pt2_archive).
///
/// It is read as an ONNX model would be that had the same operators: one import serves both, and layers bear the modules' names.
struct ExportedProgram {
    private let archive: ZipArchive
    private let folder: String

    private static let documentLimit = 256 << 20

    /// Nil for an archive that is none.
    /// - Throws: `Problem` for one of a form that is not read.
    init?(_ archive: ZipArchive) throws {
        func isOld(_ name: String) -> Bool { name.split(separator: "/").last == "serialized_exported_program.json" }
        guard !archive.entries.contains(where: { isOld($0.name) }) else {
            throw archive.file.damaged(
                "it is a torch.export program in the form of PyTorch before 2.9",
                remedy: "Load it with torch.export.load and save it again with a newer PyTorch, or export the module with torch.onnx.export.")
        }
        guard let mark = archive.entries.first(where: { $0.name.hasSuffix("/archive_format") && $0.name.split(separator: "/").count == 2 }) else {
            return nil
        }
        self.archive = archive
        folder = String(mark.name.dropLast("archive_format".count))
    }

    /// What the program computes, with its tensors under the names of modules' parameters.
    /// - Throws: `Problem` when something is missing, damaged, or of another form.
    func model() throws -> ONNXModel {
        let file = archive.file
        try archive.requireStoredEntries()
        let models = archive.entries.filter { $0.name.hasPrefix(folder + "models/") && $0.name.hasSuffix(".json") }
        guard let entry = models.first, models.count == 1 else {
            throw file.damaged(
                "it is a package of PyTorch with \(models.count) programs", explanation: "One was expected.",
                remedy: "Save a single program with torch.export.save.")
        }
        let document = try decode(ProgramDocument.self, entry, "its program")
        var tensors = try tensors(in: "weights")
        try tensors.merge(self.tensors(in: "constants")) { one, _ in one }
        var writer = ProgramWriter(document.module.graph, file: file)
        var model = ONNXModel(path: file.path, producer: "torch.export", operatorSets: ["": ProgramWriter.operatorSet])
        for (kind, role) in document.module.signature.inputs.joined() {
            guard let value = role.value else { continue }
            if kind == "user_input" {
                if let input = writer.information(value) { model.graph.inputs.append(input) }
            } else if let stored = role.stored {
                guard let entry = tensors[stored] else { throw file.damaged("it lacks the data of tensor '\(stored)'") }
                writer.take(entry, as: stored, for: value)
            }
        }
        for node in document.module.graph.nodes { try writer.add(node) }
        for (kind, role) in document.module.signature.outputs.joined() where kind == "user_output" {
            if let value = role.value { model.graph.outputs.append(ONNXValueInfo(name: writer.name(of: value))) }
        }
        (model.graph.nodes, model.graph.initializers) = (writer.nodes, writer.initializers)
        return model
    }

    private func decode<Document: Decodable>(_ type: Document.Type, _ entry: ZipArchive.Entry, _ what: String) throws -> Document {
        try archive.verify(entry)
        guard entry.range.count <= Self.documentLimit else { throw archive.file.damaged("\(what) has \(entry.range.count) bytes") }
        let data = archive.file.withBytes(in: entry.range) { Data($0) }
        do { return try JSONDecoder().decode(type, from: data) } catch {
            throw archive.file.damaged(
                "\(what) ('\(entry.name)') is not of the form that is understood", explanation: "It is that of PyTorch 2.9 to 2.13.",
                remedy: "Export the module with torch.onnx.export.")
        }
    }

    // MARK: Tensors

    private struct Table: Decodable {
        struct Payload: Decodable {
            let path: String
            let isPickle: Bool
            let meta: ProgramDocument.TensorMeta?

            private enum CodingKeys: String, CodingKey {
                case path = "path_name"
                case isPickle = "use_pickle"
                case meta = "tensor_meta"
            }
        }

        let config: [String: Payload]
    }

    /// The tensors of a kind by name.
    private func tensors(in kind: String) throws -> [String: TensorEntry] {
        let place = "\(folder)data/\(kind)/", file = archive.file
        guard let table = archive.entries.first(where: { $0.name.hasPrefix(place) && $0.name.hasSuffix("_config.json") }) else { return [:] }
        var found: [String: TensorEntry] = [:]
        for (name, payload) in try decode(Table.self, table, "its table of \(kind)").config {
            // What is pickled is no plain tensor; it is missed only where the graph takes it.
            guard !payload.isPickle, let meta = payload.meta, let entry = archive.entry(place + payload.path),
                let type = ProgramWriter.elementTypes[meta.dtype].flatMap({ ONNXTensor.elementTypes[$0] })
            else { continue }
            let sizes = meta.sizes.compactMap(\.value), strides = meta.strides.compactMap(\.value)
            guard sizes.count == meta.sizes.count, strides.count == meta.strides.count, let offset = meta.offset.value else {
                throw file.damaged("tensor '\(name)' has no fixed shape")
            }
            let storage = TensorStorage(file, range: entry.range, elementType: type, checksum: entry.checksum)
            found[name] = try TensorEntry(name: name, dimensions: sizes, strides: strides, offset: offset, storage: storage)
        }
        return found
    }
}
