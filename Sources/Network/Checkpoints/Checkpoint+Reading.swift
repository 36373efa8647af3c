import Diagnostics

extension Checkpoint {
    /// The checkpoint in a file, whose format is told by its content and not by its name: `torch.save` of today and from
    /// before 1.6, safetensors, and ONNX; or in several files, by their index; or in a folder, by the usual names.
    ///
    /// - Parameters:
    ///   - prefix: what stands before the names of the network's tensors, whole or its last parts, where the file holds several
    ///     networks: `module.student`. Keys of dictionaries may lead to it. Empty leaves all names as they are; nil finds it.
    ///   - architecture: where several networks are found, those of this one are meant.
    /// - Throws: `Problem` if the file cannot be read, is of another format, is damaged, asks for more than data, or has nothing
    ///   below `prefix`.
    public static func read(path: String, prefix: String? = nil, architecture: String? = nil) throws -> Checkpoint {
        let place = try WeightPlace(path)
        var contents: CheckpointContents
        switch place.kind {
        case .file: contents = try self.contents(of: place.path, prefix: prefix)
        case .index: contents = try ShardIndex(path: place.path).contents()
        case .unpacked: contents = try PyTorchArchive.read(unpackedIn: place.folder, prefix: prefix)
        }
        guard contents.model == nil || prefix?.isEmpty ?? true else {
            throw Problem("\(place.path) is a model that brings its own network", remedy: "Leave --prefix out.", kind: .usage)
        }
        if let remark = place.remark { contents.remarks.insert(remark, at: 0) }
        return try Checkpoint(path: place.path, contents, prefix: prefix, architecture: architecture)
    }

    /// What a single file holds.
    static func contents(of path: String, prefix: String?) throws -> CheckpointContents {
        let file = try MappedFile(path: path)
        let head = file.head(512)
        if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            let archive = try ZipArchive(file)
            if let program = try ExportedProgram(archive) { return try CheckpointContents(format: "torch.export", model: program.model()) }
            return try PyTorchArchive.read(archive, prefix: prefix)
        }
        if head.starts(with: LegacyPyTorchFile.signature) { return try LegacyPyTorchFile.read(file, prefix: prefix) }
        // A safetensors header is a JSON object behind its length.
        if head.count > 8, head[8] == 0x7B {
            let (metadata, entries) = try Safetensors.read(file)
            var contents = CheckpointContents(format: "safetensors", entries: entries)
            contents.metadata = metadata
            return contents
        }
        if ONNXReader.mayBeModel(file, head) {
            return CheckpointContents(format: "ONNX", model: try ONNXReader.model(in: file))
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
