import Diagnostics
import FoundationEssentials
import Run

/// Where a figure comes from, as JSON beside it: the request that makes it again, and of what.
struct FigureProvenance: Encodable {
    var formatVersion = 1
    var figure: String
    var request: FigureRequest
    var caption: String
    /// Families of fonts beside the program's own that its texts are set in.
    var fonts: [String]
    var tool: RunManifest.Tool
    var architecture: String
    var checkpointSHA256: String
    var imagesSHA256: String
    var warnings: [String]

    init(_ figure: FigureContent, _ manifest: RunManifest, fonts: [String], warnings: [String]) {
        self.figure = figure.name
        request = figure.request
        if request.isAnonymous {
            request.run = ""
            request.author = nil
            // Where a font lies may tell whose it is.
            request.font = request.font.map { String($0.split(separator: "/").last ?? "") }
        }
        (caption, self.fonts, self.warnings) = (figure.caption, fonts, warnings)
        (tool, architecture) = (manifest.tool, manifest.network.architecture)
        (checkpointSHA256, imagesSHA256) = (manifest.network.checkpoint.sha256, manifest.images.listing)
    }

    var file: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            return try [UInt8](encoder.encode(self)) + [UInt8(ascii: "\n")]
        }
    }

    /// The request in a provenance file.
    ///
    /// - Throws: `Problem` when the file is none of ours.
    static func request(in bytes: [UInt8], name: String) throws -> FigureRequest {
        struct Known: Decodable { var request: FigureRequest }
        do { return try JSONDecoder().decode(Known.self, from: Data(bytes)).request } catch {
            throw Problem(
                "\(name) does not say how to make a figure", explanation: "It is not the JSON that comes with a figure.", kind: .usage)
        }
    }
}
