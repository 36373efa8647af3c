import Foundation
import Images
import Tensors

/// A folder of class folders with a few small pictures, gone after `body`.
func withSmallPictures(
    classes: [String] = ["a", "b"], perClass: Int = 5, size: Int = 8, _ body: (_ path: String) throws -> Void
) throws {
    let folder = NSTemporaryDirectory() + "vitrine-training-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var random = RandomSource(seed: 5, stream: "pictures")
    for (place, name) in classes.enumerated() {
        try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        for number in 0..<perClass {
            var picture = Picture(width: size, height: size, colour: RGB(0, 0, 0))
            for index in picture.pixels.indices {
                // Classes differ in their brightest colour.
                picture.pixels[index] = UInt8(min(255, max(0, (index % 3 == place % 3 ? 180 : 70) + 40 * random.normal())))
            }
            try Data(PNGEncoder.encode(picture)).write(to: URL(fileURLWithPath: "\(folder)/\(name)/\(number).png"))
        }
    }
    try body(folder)
}
