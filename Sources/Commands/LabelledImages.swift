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
    /// Why images count as unlabelled although they lie in folders.
    let remark: String?

    init(path: String, labels file: String?, network: ImageNetwork) throws {
        let folder = try ImageFolder(path: path)
        let matched = try Labels.match(
            classCount: network.classCount, folders: folder.classNames, labels: try file.map { try Labels(file: $0) })
        images = RealImages(
            folder: folder, preprocessing: try Preprocessing(network.input),
            labels: folder.items.map { $0.folder.flatMap { matched.classOfFolder[$0] } })
        classNames = matched.names
        remark = matched.warning
    }
}
