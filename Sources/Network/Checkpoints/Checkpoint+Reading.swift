import Diagnostics

extension Checkpoint {
    /// The checkpoint in a file, whose format is told by its content and not by its name: `torch.save` of today and from
    /// before 1.6, safetensors, and ONNX.
    /// - Throws: `Problem` if the file cannot be read, is of another format, is damaged, or asks for more than data.
    public static func read(path: String) throws -> Checkpoint {
        let file = try MappedFile(path: path)
        let head = file.head(512)
        if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            let (nesting, entries) = try PyTorchArchive.read(file)
            return Checkpoint(path: path, format: "PyTorch (zip)", nesting: nesting, entries: entries)
        }
        if head.starts(with: LegacyPyTorchFile.signature) {
            let (nesting, entries) = try LegacyPyTorchFile.read(file)
            return Checkpoint(path: path, format: "PyTorch (legacy)", nesting: nesting, entries: entries)
        }
        // A safetensors header is a JSON object behind its length.
        if head.count > 8, head[8] == 0x7B {
            let (metadata, entries) = try Safetensors.read(file)
            return Checkpoint(path: path, format: "safetensors", metadata: metadata, entries: entries)
        }
        if ONNXReader.mayBeModel(file, head) {
            let model = try ONNXReader.model(in: file)
            let entries = model.graph.initializers.compactMap { if case .bytes(let entry) = $0.contents { entry } else { nil } }
            return Checkpoint(path: path, format: "ONNX", metadata: model.metadata, entries: entries, model: model)
        }
        throw unknownFormat(file, head)
    }

    private static func unknownFormat(_ file: MappedFile, _ head: [UInt8]) -> Problem {
        func begins(_ text: String) -> Bool { head.starts(with: text.utf8) }
        let isMarkup = head.first { $0 > 0x20 } == 0x3C
        let (what, remedy): (String, String?) =
            if head.isEmpty { ("it is empty", nil) } else if begins("version https://git-lfs") {
                ("it is a Git LFS pointer, not the file itself", "Fetch the file with 'git lfs pull'.")
            } else if isMarkup {
                ("it is a web page", "The download went wrong: open the address in a browser to see why.")
            } else if head.count >= 262, head[257..<262].elementsEqual("ustar".utf8) {
                (
                    "it is a tar archive",
                    "If an early PyTorch wrote it as a checkpoint, load it there and save it again; otherwise unpack it first."
                )
            } else if head.starts(with: [0x1F, 0x8B]) {
                ("it is compressed with gzip", "Unpack it first.")
            } else if head.starts(with: [0x89, 0x48, 0x44, 0x46]) {
                ("it is an HDF5 file", "Convert it to safetensors or to a PyTorch state dictionary.")
            } else if head.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) {
                ("it is a single NumPy array", "Save the network's state dictionary with torch.save or safetensors.")
            } else if head.first == 0x80 {
                (
                    "it is a pickle that torch.save did not write",
                    "Save the weights with torch.save(model.state_dict(), 'weights.pt')."
                )
            } else {
                ("its format is unknown", "Save the weights with torch.save(model.state_dict(), 'weights.pt') or as safetensors.")
            }
        return Problem(
            "cannot read '\(file.path)': \(what)",
            explanation: "A checkpoint of PyTorch (.pt, .pth, .th) or safetensors, or an ONNX model was expected.",
            remedy: remedy)
    }
}
