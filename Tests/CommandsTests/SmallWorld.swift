import Foundation
import Images
import Network
import Tensors

/// A network with random weights and a few images to show it, in a folder of their own that is gone after `body`.
///
///     network.safetensors             a CIFAR ResNet-20 with three classes
///     images/{blue,green,red}/N.png   twelve images each unless told otherwise, 32 x 32
struct SmallWorld {
    let folder: String

    static let classes = ["blue", "green", "red"]
    static let imagesPerClass = 12

    static func with(imagesPerClass: Int = Self.imagesPerClass, _ body: (SmallWorld) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "vitrine-commands-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Safetensors.write(tensors(), to: folder + "/network.safetensors")
        var random = RandomSource(seed: 7, stream: "images")
        for (place, name) in classes.enumerated() {
            try FileManager.default.createDirectory(atPath: "\(folder)/images/\(name)", withIntermediateDirectories: true)
            for number in 0..<imagesPerClass {
                let picture = picture(colour: place, &random)
                try Data(PNGEncoder.encode(picture)).write(to: URL(fileURLWithPath: "\(folder)/images/\(name)/\(number).png"))
            }
        }
        try body(SmallWorld(folder: folder))
    }

    func path(_ name: String) -> String { folder + "/" + name }

    /// A folder called `name` in which commands find the same network and images.
    func place(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
        for shared in ["images", "network.safetensors"] {
            try FileManager.default.createSymbolicLink(atPath: path("\(name)/\(shared)"), withDestinationPath: path(shared))
        }
        return path(name)
    }

    /// `report` on this world, with few and quick prototypes; `more` goes at the end.
    static func report(_ more: String..., out: String = "site", units: String = "layer3:0-3", steps: Int = 8) -> [String] {
        ["report", "network.safetensors", "--images", "images", "--out", out, "--units", units, "--classes", "0-1", "--steps",
            String(steps), "--quiet"] + more
    }

    /// The names and shapes of a CIFAR ResNet-20, as in akamaster/pytorch_resnet_cifar10.
    static func tensors() -> [(String, Tensor)] {
        var random = RandomSource(seed: 3, stream: "weights")
        var tensors: [(String, Tensor)] = []
        func add(_ name: String, _ shape: Shape, _ value: (Float) -> Float) {
            tensors.append((name, Tensor(shape: shape, values: (0..<shape.count).map { _ in value(random.normal()) })))
        }
        func block(_ convolution: String, _ normalization: String, _ inputs: Int, _ outputs: Int) {
            let scale = (2 / Float(inputs * 9)).squareRoot()
            add("\(convolution).weight", [outputs, inputs, 3, 3]) { scale * $0 }
            add("\(normalization).weight", [outputs]) { 1 + 0.1 * $0 }
            add("\(normalization).bias", [outputs]) { 0.1 * $0 }
            add("\(normalization).running_mean", [outputs]) { 0.1 * $0 }
            add("\(normalization).running_var", [outputs]) { 1 + 0.1 * abs($0) }
        }
        block("conv1", "bn1", 3, 16)
        var channels = 16
        for (stage, outputs) in [16, 32, 64].enumerated() {
            for number in 0..<3 {
                let name = "layer\(stage + 1).\(number)"
                block("\(name).conv1", "\(name).bn1", channels, outputs)
                block("\(name).conv2", "\(name).bn2", outputs, outputs)
                channels = outputs
            }
        }
        add("linear.weight", [classes.count, 64]) { 0.2 * $0 }
        add("linear.bias", [classes.count]) { 0.1 * $0 }
        return tensors
    }

    private static func picture(colour: Int, _ random: inout RandomSource) -> Picture {
        var picture = Picture(width: 32, height: 32, colour: RGB(0, 0, 0))
        for index in picture.pixels.indices {
            let base: Float = index % 3 == 2 - colour ? 190 : 60
            picture.pixels[index] = UInt8(min(255, max(0, base + 40 * random.normal())))
        }
        return picture
    }
}

/// The bytes of every file in and below a folder, by path; the lock file, which is empty, left out.
func files(in folder: String) throws -> [String: Data] {
    var result: [String: Data] = [:]
    let enumerator = FileManager.default.enumerator(atPath: folder)
    while let name = enumerator?.nextObject() as? String {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isDirectory), !isDirectory.boolValue,
            name != ".lock"
        else { continue }
        result[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
    }
    return result
}

/// The names of the files that two folders do not have in common, or with other bytes.
func differences(_ first: [String: Data], _ second: [String: Data]) -> [String] {
    Set(first.keys).union(second.keys).filter { first[$0] != second[$0] }.sorted()
}

func writeNetwork(_ tensors: [(String, Tensor)], to path: String) throws { try Safetensors.write(tensors, to: path) }
