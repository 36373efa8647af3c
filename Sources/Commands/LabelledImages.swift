import Analysis
import ArgumentParser
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
        let list = try file.map { try Labels(file: $0) }
        // Without classes images are told apart by their folders.
        let matched = try Labels.match(
            classCount: network.hasClasses ? network.classCount : list?.names.count ?? folder.classNames.count,
            folders: folder.classNames, labels: list)
        images = RealImages(
            folder: folder, preprocessing: try Preprocessing(network.input),
            labels: folder.items.map { $0.folder.flatMap { matched.classOfFolder[$0] } })
        classNames = matched.names
        remark = matched.warning
    }
}
