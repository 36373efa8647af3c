/// The settings of a network as timm keeps them: `pretrained_cfg`, in `config.json` beside the weights that it saves for a hub
/// (timm, `data/config.py` and `data/transforms_factory.py`).
enum TimmConfiguration {
    typealias Input = ImageNetwork.Input

    /// What `settings` state of the preprocessing at evaluation, and what of it cannot be done here.
    static func stated(_ settings: JSONValue, source: Input.Source) -> (Input.Stated, remark: String?) {
        var result = Input.Stated(source)
        var remark: String?
        // `test_input_size` is for those who ask for it; timm's own default is the size of training.
        if let size = settings["input_size"]?.array?.compactMap(\.count), size.count == 3, size.allSatisfy({ $0 > 0 }) {
            result.size = Array(size[1...])
        }
        if let share = settings["crop_pct"]?.number, share > 0.01, share <= 1 { result.cropShare = share }
        if let name = settings["interpolation"]?.text { result.interpolation = Input.Interpolation(rawValue: name) }
        result.mean = settings["mean"]?.numbers
        result.standardDeviation = settings["std"]?.numbers
        switch settings["crop_mode"]?.text {
        case "squash"?:
            if let size = result.size {
                result.resizing = .stretched(size.map { Int((Double($0) / (result.cropShare ?? 0.875)).rounded(.down)) })
            }
        case "border"?: remark = "borders around whole images (crop_mode border) are not made; the centre is cut out"
        default: break
        }
        return (result, remark)
    }

    /// The classes by name, in order, where the file has them.
    static func classNames(_ config: JSONValue, _ settings: JSONValue) -> [String]? {
        let names = (config["label_names"] ?? settings["label_names"])?.array?.compactMap(\.text)
        guard let names, !names.isEmpty else { return nil }
        // Where labels are ids of ImageNet's, people read the descriptions.
        guard case .object(let described)? = config["label_descriptions"] ?? settings["label_descriptions"] else { return names }
        return names.map { described[$0]?.text ?? $0 }
    }
}
