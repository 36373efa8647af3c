import ArgumentParser
import Network

/// The real images of a command and what their classes are called.
struct ImageOptions: ParsableArguments {
    @Option(help: "The images: a folder, flat or with one folder per class; a list or table of paths and classes; or tar files.") var images: String
    @Option(help: "The class names in the network's order: text, one per line, or JSON.") var labels: String?

    @OptionGroup var decoding: DecodingOptions

    /// The images as `network` wants them. Throws a `Problem` where there are none, or the labels are for other classes.
    func load(for network: ImageNetwork) throws -> LabelledImages {
        let loaded = try LabelledImages(path: images, labels: labels, network: network, decoding: decoding.decoding())
        if let remark = loaded.namesRemark { StandardError.write("\(remark)\n") }
        return loaded
    }
}
