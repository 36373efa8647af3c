import Diagnostics
import Foundation

/// What a library's `config.json` beside the weights says about their network, as transformers and timm write it: a JSON object of
/// numbers, words, flags, lists, and sections of its own.
///
/// Anything may stand in it. Values of another kind than asked for count as absent.
public struct NetworkConfiguration: Sendable {
    /// The file.
    public let path: String
    /// An object.
    private let values: JSONValue

    /// Larger files are not looked at: names of 21,843 classes, twice, take 2 MB.
    private static let sizeLimit = 16 << 20

    /// The configuration beside `path`, a file or a folder of weights; nil where there is none that can be read.
    public static func beside(_ path: String, named name: String = "config.json") -> NetworkConfiguration? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
        let place = URL(fileURLWithPath: path)
        let file = (isFolder.boolValue ? place : place.deletingLastPathComponent()).appendingPathComponent(name)
        return JSONValue(objectAt: file, limit: sizeLimit).map { NetworkConfiguration(path: file.path, values: $0) }
    }

    /// Nil where `json` is no object.
    init?(path: String, json: Data) {
        guard let values = JSONValue(json), case .object = values else { return nil }
        self.init(path: path, values: values)
    }

    private init(path: String, values: JSONValue) {
        self.path = path
        self.values = values
    }

    /// transformers' word for the family: `vit`, `clip_vision_model`.
    public var modelType: String? { text("model_type") }

    /// timm's name of the network.
    var timmArchitecture: String? { modelType == nil ? text("architecture") : nil }

    /// Height and width of the images that timm's network is made for.
    var timmImageSize: [Int]? {
        guard timmArchitecture != nil, let size = (section("pretrained_cfg") ?? self).integers("input_size"), size.count == 3 else { return nil }
        return Array(size[1...])
    }

    public func text(_ key: String) -> String? { values[key]?.text }
    public func flag(_ key: String) -> Bool? { values[key]?.boolean }
    public func number(_ key: String) -> Double? { values[key]?.number }
    public func integer(_ key: String) -> Int? { number(key).flatMap { Int(exactly: $0) } }

    /// A list of whole numbers, or one number as a list of one.
    public func integers(_ key: String) -> [Int]? {
        if let number = integer(key) { return [number] }
        guard let list = values[key]?.array else { return nil }
        let numbers = list.compactMap { $0.number.flatMap { Int(exactly: $0) } }
        return numbers.count == list.count ? numbers : nil
    }

    /// An object within the object: CLIP's `vision_config`.
    public func section(_ key: String) -> NetworkConfiguration? {
        guard let section = values[key], case .object = section else { return nil }
        return NetworkConfiguration(path: path, values: section)
    }
}
