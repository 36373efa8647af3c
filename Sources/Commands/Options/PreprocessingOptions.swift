import ArgumentParser
import Diagnostics
import Network

/// The preprocessing for the network that a command is about, part by part. What is left out is taken from the file that
/// `--preprocessing` names, from what lies beside the checkpoint, from the graph, or is the family's default; `vitrine inspect` says which.
struct PreprocessingOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: "The mean to subtract from each channel: one number, or one per channel in the network's order, such as 0.485,0.456,0.406.")
    var mean: CommaList?
    @Option(
        name: [.customLong("std"), .customLong("deviation")], parsing: .unconditional,
        help: "The standard deviation to divide each channel by, in the same form.")
    var std: CommaList?
    @Option(parsing: .unconditional, help: "The values of black and white before the mean is subtracted: 0,1 or 0,255 or -1,1.")
    var valueRange: CommaList?
    @Option(help: "The network's input channels: RGB, BGR or grey.") var channelOrder: String?
    @Option(
        parsing: .unconditional,
        help: """
            How images are resized: the shorter side in pixels (256), height x width whatever their shape (256x256), or whole: straight to the \
            input's size. The centre of what comes of it is the input.
            """)
    var resize: String?
    @Option(
        name: [.customLong("crop-pct"), .customLong("crop")], parsing: .unconditional,
        help: "In place of --resize: the input's side as a share of the resized image's, such as 0.875.")
    var cropPct: Double?
    @Option(help: "The interpolation: \(ImageNetwork.Input.Interpolation.allCases.map(\.rawValue).joined(separator: ", ")).")
    var interpolation: String?

    private var values: [(key: ImageNetwork.Input.Stated.Key, text: String?)] {
        [
            (.mean, mean?.text), (.deviation, std?.text), (.valueRange, valueRange?.text), (.channelOrder, channelOrder), (.resize, resize),
            (.cropShare, cropPct.map { "\($0)" }), (.interpolation, interpolation),
        ]
    }

    /// The first of these options that was given.
    var given: String? { values.first { $0.text != nil }.map { "--\($0.key.rawValue)" } }

    /// What was given. Throws a usage `Problem` for a value that makes no sense.
    func stated() throws -> ImageNetwork.Input.Stated {
        guard resize == nil || cropPct == nil else {
            throw Problem("--resize and --crop-pct both say how images are resized", remedy: "Leave one out.", kind: .usage)
        }
        var stated = ImageNetwork.Input.Stated(.told)
        for (key, text) in values { if let text { try stated.set(key, text, option: "--\(key.rawValue)") } }
        return stated
    }
}
