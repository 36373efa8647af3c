import Foundation

/// What the files beside a checkpoint say of it: `config.json` and `preprocessor_config.json` as transformers' `save_pretrained`
/// writes them, `config.json` of timm. They are the user's, and hostile all the same: what is not understood is passed over.
public struct ModelConfiguration: Sendable {
    /// timm's name of the network, such as `efficientnet_lite0`; nil where another library wrote the file.
    public private(set) var timmArchitecture: String?
    /// transformers' kind of network, such as `convnext`.
    public private(set) var transformersModel: String?
    /// The classes by index, and the file that names them.
    public private(set) var classNames: (names: [String], source: String)?
    /// How many classes the file says there are.
    public private(set) var classCount: Int?
    /// Of each file what it states, the more telling one last.
    public private(set) var stated: [ImageNetwork.Input.Stated] = []
    /// What is said and could not be used.
    public private(set) var remarks: [String] = []

    /// Larger files are no configuration.
    private static let sizeLimit = 32 << 20

    /// Of the checkpoint at `path`; nil where no such file lies beside it. An ONNX file in a folder `onnx` may have them one above.
    public init?(beside path: String) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        var folders = [folder]
        if folder.lastPathComponent == "onnx" { folders.append(folder.deletingLastPathComponent()) }
        var isFound = false
        func read(_ name: String) -> JSONValue? {
            folders.lazy.compactMap { JSONValue(objectAt: $0.appendingPathComponent(name), limit: Self.sizeLimit) }.first
        }
        if let config = read("config.json"), add(config: config, named: "config.json") { isFound = true }
        // Version 5 of transformers may keep the processor of a model of images and texts among its parts.
        if let processor = read("processor_config.json")?["image_processor"], add(processor: processor, named: "processor_config.json") {
            isFound = true
        }
        if let processor = read("preprocessor_config.json"), add(processor: processor, named: "preprocessor_config.json") { isFound = true }
        guard isFound else { return nil }
    }

    /// What a preprocessor file that was named says, whoever wrote it. Nil when it says nothing that is understood.
    public init?(file path: String) {
        let url = URL(fileURLWithPath: path)
        guard let data = try? Data(contentsOf: url), data.count <= Self.sizeLimit, let value = JSONValue(data) else { return nil }
        let name = url.lastPathComponent
        let isUsed = add(config: value, named: name)
        guard add(processor: value["image_processor"] ?? value, named: name) || isUsed else { return nil }
    }

    private mutating func add(config: JSONValue, named name: String) -> Bool {
        if let architecture = config["architecture"]?.text {
            timmArchitecture = architecture
            // Older files state what newer ones keep under `pretrained_cfg`.
            let preprocessing = config["pretrained_cfg"] ?? config
            let (stated, remark) = TimmConfiguration.stated(preprocessing, source: .file(name))
            if !stated.isEmpty { self.stated.append(stated) }
            if let remark { remarks.append("\(name): \(remark)") }
            classCount = (config["num_classes"] ?? preprocessing["num_classes"])?.count
            if let names = TimmConfiguration.classNames(config, preprocessing) { classNames = (names, name) }
            return true
        }
        guard let model = config["model_type"]?.text else { return false }
        transformersModel = model
        if let names = TransformersConfiguration.classNames(config) {
            classCount = names.count
            // `LABEL_7` is what stands there where nobody named the classes.
            if names.enumerated().contains(where: { $1 != "LABEL_\($0)" }) { classNames = (names, name) }
        } else if let count = config["num_labels"]?.count {
            classCount = count
        }
        let stated = TransformersConfiguration.stated(config, source: .file(name))
        if !stated.isEmpty { self.stated.append(stated) }
        return true
    }

    private mutating func add(processor: JSONValue, named name: String) -> Bool {
        guard let (stated, remark) = TransformersProcessor(processor)?.stated(source: .file(name)) else { return false }
        self.stated.append(stated)
        if let remark { remarks.append("\(name): \(remark)") }
        return true
    }
}
