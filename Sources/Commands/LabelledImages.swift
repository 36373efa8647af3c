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
    /// Which file names the classes, where nobody told; nil where none does.
    let namesRemark: String?
    /// What else is to be said of them.
    let remarks: [String]

    /// Remarks are written to standard error as well.
    init(path: String, labels file: String?, network: ImageNetwork, decoding: ImageDecoding = ImageDecoding()) throws {
        let folder = try ImageFolder(path: path, decoding: decoding)
        func match(_ labels: Labels?) throws -> Labels.Match {
            // Without classes images are told apart by their folders.
            try Labels.match(
                classCount: network.hasClasses ? network.classCount : labels?.names.count ?? folder.classNames.count,
                folders: folder.classNames, emptyFolders: folder.emptyFolders, labels: labels)
        }
        var matched: Labels.Match, names: [String]?
        if file == nil, let own = network.classNames {
            names = own.names
            let list = Labels(names: own.names)
            do {
                matched = try match(list)
                namesRemark = "Classes are named by \(own.source)"
            } catch let problem as Problem {
                // Some bear the file's names: it is about such folders, and counting them would give them other classes.
                guard !list.knowsAny(of: folder.classNames) else {
                    throw Problem(
                        problem.summary,
                        explanation: "Classes are named by \(own.source): \(own.names.prefix(10).joined(separator: ", "))"
                            + (own.names.count > 10 ? " and \(own.names.count - 10) others." : "."),
                        remedy: "Leave folders of other classes out, or say with --labels which folder is which class.", kind: .usage)
                }
                // Folders with other names than the file's: they are counted as if it named none.
                matched = try match(nil)
                let isCounted = matched.classOfFolder.contains { $0 != nil }
                namesRemark = "Classes are named by \(own.source); folders bear other names"
                    + (isCounted ? " and were counted in sorted order: --labels says otherwise" : "")
            }
        } else {
            matched = try match(file.map { try Labels(file: $0) })
            namesRemark = nil
        }
        images = RealImages(
            folder: folder, preprocessing: try Preprocessing(network.input),
            labels: folder.items.map { $0.folder.flatMap { matched.classOfFolder[$0] } })
        classNames = names ?? matched.names
        remark = matched.warning
        remarks = folder.remarks()
        for line in remarks + [remark].compactMap({ $0 }) { StandardError.write("Warning: \(line)\n") }
    }
}
