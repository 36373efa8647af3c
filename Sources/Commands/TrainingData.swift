import Diagnostics
import Images
import Network
import Run
import Training

/// The images of a training and their classes.
struct TrainingData {
    let training: ImageFolder
    let validation: ImageFolder?
    /// The class of every folder.
    let classOfFolder: [Int]
    /// The folder of every class.
    let classNames: [String]

    /// Throws a `Problem` when images are in no class folders, or training and validation have other folders, which are named.
    init(_ arguments: TrainingArguments) throws {
        let decoding = try arguments.decoding.decoding()
        let all = try ImageFolder(path: arguments.images, decoding: decoding)
        guard all.classNames.count > 1 else {
            throw Problem(
                "The images of \(arguments.images) are in \(all.classNames.isEmpty ? "no folders" : "one folder, \(all.classNames[0])")",
                explanation: "A folder of images for each of at least two classes was expected.", kind: .usage)
        }
        training = arguments.limitPerClass.map { all.limited(toPerClass: $0) } ?? all
        validation = try arguments.validation.map { try ImageFolder(path: $0, decoding: decoding) }
        if let validation, validation.classNames != all.classNames {
            func missing(_ names: [String], in others: [String], _ option: String) -> String? {
                let only = names.filter { !others.contains($0) }
                guard !only.isEmpty else { return nil }
                return "only \(option) has \(only.prefix(10).joined(separator: ", "))" + (only.count > 10 ? " and \(only.count - 10) others" : "")
            }
            let differences = [
                missing(all.classNames, in: validation.classNames, "--images"), missing(validation.classNames, in: all.classNames, "--validation"),
            ]
            throw Problem(
                "The class folders of --images and --validation differ: \(differences.compactMap { $0 }.joined(separator: "; "))",
                explanation: "Both need a folder with images for each class, of the same name.", kind: .usage)
        }
        // As every other command takes folders for classes.
        let count = all.classNames.count
        let match = try Labels.match(classCount: count, folders: all.classNames, labels: nil)
        for line in all.remarks() + (validation?.remarks() ?? []) + [match.warning].compactMap({ $0 }) {
            StandardError.write("Warning: \(line)\n")
        }
        classOfFolder = match.classOfFolder.enumerated().map { $1 ?? $0 }
        var names = all.classNames
        for (folder, number) in classOfFolder.enumerated() { names[number] = all.classNames[folder] }
        classNames = names
    }

    /// So many images of so many classes.
    func count(_ pictures: LabelledPictures) -> String {
        "\(CommandText.count(pictures.count, "image")) of \(CommandText.count(classNames.count, "class", "classes"))"
    }

    /// The pictures as `network` wants them; a share of the memory goes to each folder by its images. Those that cannot be read are left
    /// out, and named on standard error.
    func pictures(
        for network: ImageNetwork, cacheMegabytes: Int, threads: Int
    ) throws -> (training: LabelledPictures, validation: LabelledPictures?) {
        let preprocessing = try Preprocessing(network.input)
        let bytes = cacheMegabytes << 20, all = training.items.count + (validation?.items.count ?? 0)
        func pictures(_ folder: ImageFolder) throws -> LabelledPictures {
            let pictures = try LabelledPictures(
                folder, classes: classOfFolder, preprocessing: preprocessing,
                cacheBytes: Int(Double(bytes) * Double(folder.items.count) / Double(all)))
            let broken = try pictures.leaveOutBroken(threads: threads)
            for item in broken { StandardError.write("Skipped \(item.path): \(item.reason)\n") }
            if !broken.isEmpty {
                StandardError.write("Warning: \(broken.count) of \(folder.items.count) images cannot be read and are left out\n")
            }
            return pictures
        }
        let training = try pictures(training)
        let present = Set(training.labels), missing = classNames.indices.filter { !present.contains($0) }.map { classNames[$0] }
        guard missing.isEmpty else {
            throw Problem(
                "No image of the class \(missing.prefix(5).joined(separator: ", "))\(missing.count > 5 ? " and \(missing.count - 5) others" : "") can be read",
                explanation: "Each class needs an image to be learned from.", remedy: "Mend or replace the images, or leave the folder out.")
        }
        return (training, try validation.map(pictures))
    }
}

extension ImageFolder {
    /// How many images it has, and the beginning of a fingerprint of their paths and sizes.
    var summary: String {
        let listing = items.map { "\($0.relativePath)\t\($0.fileSize)\n" }.joined() + decoding.identity
        return "\(items.count) images in \(classNames.count) folders (\(FileHash.sha256(Array(listing.utf8)).prefix(16)))"
    }
}
