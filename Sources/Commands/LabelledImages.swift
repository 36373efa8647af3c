import Analysis
import ArgumentParser
import Dataset
import Diagnostics
import Images
import Network

/// The folder of real images and what is known about their classes.
struct LabelledImages {
    let images: RealImages
    let classNames: [String]
    /// Why images count as unlabelled although they lie in folders, or what was assumed of their classes.
    let remark: String?
    /// What else is to be said of them.
    let remarks: [String]

    /// Remarks are written to standard error as well.
    init(path: String, labels file: String?, network: ImageNetwork, decoding: ImageDecoding = ImageDecoding()) throws {
        let folder = try ImageFolder(path: path, decoding: decoding)
        let matched = try Labels.match(
            classCount: network.classCount, folders: folder.classNames, emptyFolders: folder.emptyFolders,
            labels: try file.map { try Labels(file: $0) })
        images = RealImages(
            folder: folder, preprocessing: try Preprocessing(network.input),
            labels: folder.items.map { $0.folder.flatMap { matched.classOfFolder[$0] } })
        classNames = matched.names
        remark = matched.warning
        remarks = folder.remarks()
        for line in remarks + [remark].compactMap({ $0 }) { StandardError.write("Warning: \(line)\n") }
    }
}
