import Diagnostics
import Foundation

/// What a library's `config.json` beside the weights says about their network, as transformers and timm write it: a JSON object of
/// numbers, words, flags, lists, and sections of its own.
///
/// Anything may stand in it. Values of another kind than asked for count as absent.
public struct NetworkConfiguration: Sendable {
    /// The file.
    public let path: String
    private let values: [String: Value]

    private indirect enum Value: Decodable {
        case flag(Bool)
        case number(Double)
        case text(String)
        case list([Value])
        case section([String: Value])
        case nothing

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .nothing
            } else if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let list = try? container.decode([Value].self) {
                self = .list(list)
            } else {
                self = .section(try container.decode([String: Value].self))
            }
        }
    }

    /// Larger files are not looked at: names of 21,843 classes, twice, take 2 MB.
    private static let sizeLimit = 16 << 20

    /// The configuration beside `path`, a file or a folder of weights; nil where there is none that can be read.
    public static func beside(_ path: String, named name: String = "config.json") -> NetworkConfiguration? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
        let place = URL(fileURLWithPath: path)
        let file = (isFolder.boolValue ? place : place.deletingLastPathComponent()).appendingPathComponent(name)
        guard let size = (try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? Int, (1...sizeLimit).contains(size),
            let data = try? Data(contentsOf: file)
        else { return nil }
        return NetworkConfiguration(path: file.path, json: data)
    }

    /// Nil where `json` is no object.
    init?(path: String, json: Data) {
        guard let values = try? JSONDecoder().decode([String: Value].self, from: json) else { return nil }
        self.init(path: path, values: values)
    }

    private init(path: String, values: [String: Value]) {
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

    public func text(_ key: String) -> String? {
        if case .text(let text) = values[key] { text } else { nil }
    }

    public func flag(_ key: String) -> Bool? {
        if case .flag(let flag) = values[key] { flag } else { nil }
    }

    public func number(_ key: String) -> Double? {
        if case .number(let number) = values[key] { number } else { nil }
    }

    public func integer(_ key: String) -> Int? { number(key).flatMap { Int(exactly: $0) } }

    /// A list of whole numbers, or one number as a list of one.
    public func integers(_ key: String) -> [Int]? {
        if let number = integer(key) { return [number] }
        guard case .list(let list) = values[key] else { return nil }
        let numbers = list.compactMap { value -> Int? in if case .number(let number) = value { Int(exactly: number) } else { nil } }
        return numbers.count == list.count ? numbers : nil
    }

    /// An object within the object: CLIP's `vision_config`.
    public func section(_ key: String) -> NetworkConfiguration? {
        if case .section(let section) = values[key] { NetworkConfiguration(path: path, values: section) } else { nil }
    }
}
