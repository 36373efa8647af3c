import Crypto

/// A place in a run folder. The one type that knows the folder's layout.
///
///     run.json                                what was run, on what, how
///     images.json, classes.json               the real images mentioned; the network's classes
///     images/<number>.png                     those images as the network sees them
///     layers/<key>/statistics.json            what a layer's units did
///     layers/<key>/similarity.json            which units go together, and a map of them
///     layers/<key>/range.json                 real images from the whole range of each unit
///     layers/<key>/flow.json                  where its units' relevance comes from, and whom they serve
///     layers/<key>/prototypes/<unit>.json     what a prototype says about itself, beside its picture
///     layers/<key>/concepts.json              the layer's concepts
///     layers/<key>/concepts/<index>.json      a concept's prototype, beside its picture
///     layers/<key>/line-up.json               real images among which a person picks those that excite a unit
///     line-up/<number>-<window>.png           windows of real images for that
///     classes/flow.json                       which units carry the relevance of the classes
///     classes/prototypes/<index>.json         the same for classes
///     comparison.json                         methods side by side
///     comparison/<method>/<class>-<n>.png     the pictures measured, and real ones
///     distillation.json                       how a network came to match templates, and what that is worth
///     distillation/<key>/templates.json       the templates of a layer over all real images
///     distillation/<key>/maps.json            which template is where in some of them
///     distillation/<key>/score-matrix.json    which templates the teacher confuses
///     state/                                  what a resumed run needs and nobody else reads
public struct RunPath: Hashable, Sendable, CustomStringConvertible {
    /// Relative to the run folder, with `/` between its parts.
    public let description: String

    /// The path that a document mentions (`Prototype.picture`, `ImageIndex.Image.picture`); nil when it is absolute or
    /// leaves the folder, which no document of ours asks for.
    public init?(_ relative: String) {
        let parts = relative.split(separator: "/", omittingEmptySubsequences: false)
        guard !relative.utf8.contains(0), parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return nil }
        description = relative
    }

    private init(known: String) { description = known }

    /// `RunManifest`.
    public static let manifest = RunPath(known: "run.json")
    /// `ImageIndex`.
    public static let images = RunPath(known: "images.json")
    /// `ClassTable`.
    public static let classes = RunPath(known: "classes.json")

    /// `LayerStatistics` of the layer with that name.
    public static func statistics(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/statistics.json") }

    /// `LayerSimilarity` of the layer with that name.
    public static func similarity(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/similarity.json") }

    /// `LayerFlow` of the layer with that name.
    public static func flow(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/flow.json") }

    /// `ClassFlow`.
    public static let classFlow = RunPath(known: "classes/flow.json")

    /// `LayerRange` of the layer with that name.
    public static func range(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/range.json") }

    /// `LayerConcepts` of the layer with that name.
    public static func concepts(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/concepts.json") }

    /// `Prototype` of a unit.
    public static func prototype(layer: String, unit: Int) -> RunPath {
        RunPath(known: "layers/\(key(for: layer))/prototypes/\(unit).json")
    }

    public static func prototypePicture(layer: String, unit: Int) -> RunPath {
        RunPath(known: "layers/\(key(for: layer))/prototypes/\(unit).png")
    }

    /// `Prototype` of a class.
    public static func classPrototype(_ index: Int) -> RunPath { RunPath(known: "classes/prototypes/\(index).json") }

    public static func classPrototypePicture(_ index: Int) -> RunPath { RunPath(known: "classes/prototypes/\(index).png") }

    /// Where a target's `Prototype` lies.
    public static func prototype(_ target: Prototype.Target) -> RunPath {
        switch target {
        case .unit(let layer, let unit): prototype(layer: layer, unit: unit)
        case .classOutput(let index): classPrototype(index)
        case .concept(let layer, let index): RunPath(known: "layers/\(key(for: layer))/concepts/\(index).json")
        }
    }

    /// Where a target's picture lies.
    public static func prototypePicture(_ target: Prototype.Target) -> RunPath {
        switch target {
        case .unit(let layer, let unit): prototypePicture(layer: layer, unit: unit)
        case .classOutput(let index): classPrototypePicture(index)
        case .concept(let layer, let index): RunPath(known: "layers/\(key(for: layer))/concepts/\(index).png")
        }
    }

    /// Where the picture of a target's `number`th other seed lies, counted from 1.
    public static func otherSeedPicture(_ target: Prototype.Target, _ number: Int) -> RunPath {
        RunPath(known: String(prototypePicture(target).description.dropLast(4)) + "-\(number).png")
    }

    /// Where a target's masked picture lies.
    public static func maskedPicture(_ target: Prototype.Target) -> RunPath {
        RunPath(known: String(prototypePicture(target).description.dropLast(4)) + "-masked.png")
    }

    /// Where the heat map of a target's `number`th reference lies.
    public static func heatMap(_ target: Prototype.Target, _ number: Int) -> RunPath {
        RunPath(known: String(prototypePicture(target).description.dropLast(4)) + "-relevance-\(number).png")
    }

    /// A real image's picture.
    /// - Parameter format: `png` or `jpg`.
    public static func imagePicture(_ number: Int, format: String = "png") -> RunPath {
        RunPath(known: "images/\(number).\(format)")
    }

    /// `LineUp` of the layer with that name.
    public static func lineUp(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/line-up.json") }

    /// A window of a real image, cut out.
    /// - Parameter format: `png` or `jpg`.
    public static func windowPicture(_ number: Int, _ window: [Int], format: String = "png") -> RunPath {
        RunPath(known: "line-up/\(number)-\(window.map(String.init).joined(separator: "-")).\(format)")
    }

    /// `Comparison`.
    public static let comparison = RunPath(known: "comparison.json")

    /// `ComparedPictures` of one method and class.
    public static func comparedPictures(method: String, class index: Int) -> RunPath {
        RunPath(known: "comparison/\(key(for: method))/\(index).json")
    }

    /// A method's `number`th picture of a class, or the `number`th real one (method `real`).
    public static func comparedPicture(method: String, class index: Int, _ number: Int) -> RunPath {
        RunPath(known: "comparison/\(key(for: method))/\(index)-\(number).png")
    }

    /// `Distillation`.
    public static let distillation = RunPath(known: "distillation.json")

    /// `TemplateLayer` of the layer with that name.
    public static func templates(layer: String) -> RunPath { RunPath(known: "distillation/\(key(for: layer))/templates.json") }

    /// `TemplateMaps` of the layer with that name.
    public static func templateMaps(layer: String) -> RunPath { RunPath(known: "distillation/\(key(for: layer))/maps.json") }

    /// `ScoreMatrix` of the layer with that name.
    public static func scoreMatrix(layer: String) -> RunPath { RunPath(known: "distillation/\(key(for: layer))/score-matrix.json") }

    /// Something a resumed run needs. Unsafe characters of `name` are escaped.
    public static func state(_ name: String) -> RunPath { RunPath(known: "state/\(key(for: name))") }

    /// A layer's name as a file or folder name and as a part of a URL: the same for the same name in every run, different
    /// for different names, never beginning with `_` (some hosts hide those) or `.`.
    ///
    /// ASCII letters, digits, `.`, `-` and `_` stay as they are; every other byte of the UTF-8 form becomes `~` and two
    /// hexadecimal digits, as do a leading `_` or `.` and a trailing `.`. `~` rather than `%`, which would have to be
    /// escaped once more in URLs. Very long names are cut and get a hash.
    public static func key(for name: String) -> String {
        let bytes = Array(name.utf8)
        guard !bytes.isEmpty else { return "~" }
        var key = ""
        for (position, byte) in bytes.enumerated() {
            let isPlain: Bool
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                isPlain = true
            case UInt8(ascii: "_"): isPlain = position > 0
            case UInt8(ascii: "."): isPlain = position > 0 && position < bytes.count - 1
            default: isPlain = false
            }
            if isPlain {
                key.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                key += byte < 16 ? "~0" : "~"
                key += String(byte, radix: 16, uppercase: true)
            }
        }
        guard key.utf8.count > 120 else { return key }
        // `~~` cannot come out of the escaping above.
        return String(key.prefix(80)) + "~~" + hexadecimal(SHA256.hash(data: bytes).prefix(16))
    }
}
