/// How transformers' image processors prepare an image, by what `preprocessor_config.json` says. Files state most settings; what they
/// leave out is the default of the processor's class.
struct TransformersProcessor {
    typealias Input = ImageNetwork.Input

    private let settings: JSONValue
    /// The class without what tells versions apart: `ConvNext` of `ConvNextFeatureExtractor` and `ConvNextImageProcessorFast`.
    private let kind: String

    /// Nil when `settings` are not those of an image processor.
    init?(_ settings: JSONValue) {
        let name = (settings["image_processor_type"] ?? settings["feature_extractor_type"])?.text
        guard name != nil || settings["image_mean"] != nil || settings["do_rescale"] != nil else { return nil }
        self.settings = settings
        guard let name else {
            // Two classes have this setting; one of them crops to a size of its own.
            kind = settings["crop_pct"] == nil ? "" : settings["crop_size"] == nil ? "ConvNext" : "PoolFormer"
            return
        }
        kind = ["ImageProcessor", "FeatureExtractor"].reduce(name) { text, word in
            text.firstRange(of: word).map { String(text[..<$0.lowerBound]) } ?? text
        }
    }

    /// Pillow's numbers of filters.
    private static let filters: [Input.Interpolation] = [.nearest, .lanczos, .bilinear, .bicubic, .box, .hamming]

    /// Classes that give a side by itself to the shorter one; all others to both.
    private static let shorterSided: Set<String> = [
        "CLIP", "ChineseCLIP", "ConvNext", "Bit", "Levit", "PoolFormer", "MobileNetV1", "MobileNetV2", "MobileViT", "VideoMAE", "Flava",
    ]

    private func flag(_ name: String, otherwise: Bool) -> Bool { settings[name]?.boolean ?? otherwise }

    func stated(source: Input.Source) -> (Input.Stated, remark: String?) {
        var result = Input.Stated(source)
        result.centring = .down
        var remark: String?
        if let number = settings["resample"]?.count, Self.filters.indices.contains(number) { result.interpolation = Self.filters[number] }
        if flag("do_resize", otherwise: true) { remark = setSize(&result) } else if let crop = crop { result.size = crop }
        setValues(&result)
        if flag("do_flip_channel_order", otherwise: kind == "MobileViT") { result.channelOrder = .bgr }
        return (result, remark)
    }

    /// Height and width to crop to; nil where nothing is cropped.
    private var crop: [Int]? {
        guard flag("do_center_crop", otherwise: settings["crop_size"] != nil), let size = settings["crop_size"] else { return nil }
        return Self.rectangle(size)
    }

    private static func rectangle(_ size: JSONValue) -> [Int]? {
        if let side = size.count { return [side, side] }
        if let side = size["shortest_edge"]?.count { return [side, side] }
        guard let height = size["height"]?.count, let width = size["width"]?.count else { return nil }
        return [height, width]
    }

    private func setSize(_ result: inout Input.Stated) -> String? {
        guard let size = settings["size"] else {
            if let crop { result.size = crop }
            return nil
        }
        let shorter = size["shortest_edge"]?.count ?? (Self.shorterSided.contains(kind) ? size.count : nil)
        guard let shorter else {
            guard let whole = Self.rectangle(size) else { return "its size is of a form that is not understood" }
            if kind == "PoolFormer", let share = settings["crop_pct"]?.number, share > 0, whole[0] == whole[1] {
                (result.size, result.resizing) = (crop ?? whole, .shorterSide(Int(Double(whole[0]) / share)))
            } else {
                result.size = crop ?? whole
                result.resizing = crop == nil || crop == whole ? .exact : .stretched(whole)
            }
            return nil
        }
        switch kind {
        case "ConvNext":
            // ResNet's processor, too: below 384 with a margin, above whole (`ConvNextImageProcessor.resize`).
            let share = settings["crop_pct"]?.number ?? 224.0 / 256
            result.size = [shorter, shorter]
            result.resizing = shorter < 384 && share > 0 ? .shorterSide(Int(Double(shorter) / share)) : .exact
        case "Levit": (result.size, result.resizing) = (crop, .shorterSide(Int(256.0 / 224 * Double(shorter))))
        case "PoolFormer":
            let share = settings["crop_pct"]?.number ?? 1
            (result.size, result.resizing) = (crop, .shorterSide(share > 0 ? Int(Double(shorter) / share) : shorter))
        default:
            result.resizing = .shorterSide(shorter)
            guard let crop else {
                result.size = [shorter, shorter]
                return "images of any shape are not cropped there; here the centre is cut out"
            }
            result.size = crop
        }
        return nil
    }

    private func setValues(_ result: inout Input.Stated) {
        let scales = flag("do_rescale", otherwise: true)
        var range: [Float] = [0, 255]
        if scales {
            let factor = settings["rescale_factor"]?.number ?? 1 / 255.0
            range = [0, Float(255 * factor)]
            // One over 255, as decimals have it.
            if abs(range[1] - 1) < 1e-4 { range[1] = 1 }
            // EfficientNet's, from -1 to 1.
            if flag("rescale_offset", otherwise: false) { range = [-1, range[1] - 1] }
        }
        result.valueRange = range
        // Version 5 writes down a mean and a deviation for MobileViT, too, which never normalises.
        guard flag("do_normalize", otherwise: kind != "MobileViT" && settings["image_mean"] != nil) else {
            (result.mean, result.standardDeviation) = ([0], [1])
            return
        }
        result.mean = settings["image_mean"]?.numbers
        result.standardDeviation = settings["image_std"]?.numbers
        if kind == "EfficientNet", flag("include_top", otherwise: true) {
            // Divided once more, as the first of the network's layers was in Keras.
            result.standardDeviation = result.standardDeviation?.map { $0 * $0 }
        }
    }
}

/// What transformers' `config.json` says of the network's use.
enum TransformersConfiguration {
    /// The classes in order; nil where `id2label` does not count from 0 on.
    static func classNames(_ config: JSONValue) -> [String]? {
        guard case .object(let table)? = config["id2label"], !table.isEmpty else { return nil }
        let names = (0..<table.count).map { table[String($0)]?.text }
        return names.contains(nil) ? nil : names.compactMap { $0 }
    }

    /// The size of images: one number for both sides, or both.
    static func stated(_ config: JSONValue, source: ImageNetwork.Input.Source) -> ImageNetwork.Input.Stated {
        var result = ImageNetwork.Input.Stated(source)
        let size = config["image_size"] ?? config["vision_config"]?["image_size"]
        if let side = size?.count, side > 0 {
            result.size = [side, side]
        } else if let sides = size?.array?.compactMap(\.count), sides.count == 2, sides.allSatisfy({ $0 > 0 }) {
            result.size = sides
        }
        return result
    }
}
