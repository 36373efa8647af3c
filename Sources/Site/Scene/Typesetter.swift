import CCairo
import Diagnostics

/// Sets lines of text with cairo: in the font that comes with the program, and what that has not in a second one, or in one of this machine.
///
/// Letters are set side by side, from left to right. Scripts that join letters, or run from right to left, are not set.
final class Typesetter {
    private let regular: FontFace
    private let bold: FontFace
    private let second: FontFace?
    /// Fonts of this machine, by letters they were looked up for; nil for letters that none has.
    private var installed: [Unicode.Scalar: FontFace?] = [:]
    private let context: OpaquePointer?
    /// What stands in the place of a letter that cannot be set.
    static let substitute: Unicode.Scalar = "\u{25A1}"

    /// - Parameters:
    ///   - second: asked before those of this machine.
    ///   - usesInstalled: false for the two alone.
    /// - Throws: `Problem` when the program's fonts cannot be read.
    init(second: FontFace? = nil, usesInstalled: Bool = true) throws {
        let folder = try Resources.find().assets + "/fonts/"
        regular = try FontFace(file: folder + "Arimo-Regular.ttf")
        bold = try FontFace(file: folder + "Arimo-Bold.ttf")
        self.second = second
        self.usesInstalled = usesInstalled
        let surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1)
        context = cairo_create(surface)
        cairo_surface_destroy(surface)
        Self.prepare(context)
    }

    private let usesInstalled: Bool

    deinit { cairo_destroy(context) }

    /// Distances between letters are those of the font, whatever the size and the kind of picture.
    static func prepare(_ context: OpaquePointer?) {
        let options = cairo_font_options_create()
        defer { cairo_font_options_destroy(options) }
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        cairo_set_font_options(context, options)
    }

    /// A piece of a line in one font.
    private struct Run {
        var font: FontFace
        var text: String
    }

    /// Why a letter is not set.
    enum Obstacle {
        case noFont
        /// Its script joins letters or runs from right to left.
        case script
    }

    private func font(for letter: Unicode.Scalar, isBold: Bool) -> FontFace? {
        let own = isBold ? bold : regular
        if own.has(letter) { return own }
        if let second, second.has(letter) { return second }
        guard usesInstalled else { return nil }
        if let known = installed[letter] { return known }
        // One font for as many letters as can be.
        let found = installed.values.compactMap { $0 }.filter { $0.has(letter) }.min { $0.file < $1.file } ?? FontFace.installed(with: letter)
        installed[letter] = .some(found)
        return found
    }

    /// Nil for a letter that is set, or of which nothing is to be seen.
    func obstacle(_ letter: Unicode.Scalar) -> Obstacle? {
        if letter.properties.isDefaultIgnorableCodePoint { return nil }
        if Self.joinedScripts.contains(where: { $0.contains(letter.value) }) { return .script }
        return font(for: letter, isBold: false) == nil ? .noFont : nil
    }

    /// Hebrew to Arabic, India's, Tibetan, Burmese, Khmer, Mongolian, Balinese to Lepcha, and what lies among their extensions.
    private static let joinedScripts: [ClosedRange<UInt32>] = [
        0x0590...0x08FF, 0x0900...0x0DFF, 0x0F00...0x109F, 0x1780...0x18AF, 0x1900...0x1C7F, 0xA800...0xA8FF, 0xA900...0xAADF, 0xAAE0...0xAAFF,
        0xABC0...0xABFF, 0xFB1D...0xFDFF, 0xFE70...0xFEFE, 0x10800...0x10FFF, 0x11000...0x11FFF, 0x1E800...0x1EFFF,
    ]

    private func runs(of text: String, isBold: Bool) -> [Run] {
        var runs: [Run] = []
        for letter in PlainText.safe(text).unicodeScalars where !letter.properties.isDefaultIgnorableCodePoint {
            let isSet = obstacle(letter) == nil
            let shown = letter == "\n" ? " " : isSet ? letter : Self.substitute
            guard let font = font(for: shown, isBold: isBold) else { continue }
            if runs.last?.font === font {
                runs[runs.count - 1].text.unicodeScalars.append(shown)
            } else {
                runs.append(Run(font: font, text: String(shown)))
            }
        }
        return runs
    }

    /// The length of a line, in the unit of `size`.
    func width(_ text: String, size: Double, isBold: Bool = false) -> Double {
        runs(of: text, isBold: isBold).reduce(0) { $0 + advance($1) } * size / Self.measured
    }

    private static let measured = 100.0

    private func advance(_ run: Run) -> Double {
        cairo_set_font_face(context, run.font.face)
        cairo_set_font_size(context, Self.measured)
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, run.text, &extents)
        return extents.x_advance
    }

    /// Sets a line whose base begins, has its middle or ends at the origin of `context`.
    func draw(_ text: Scene.Text, in context: OpaquePointer?) {
        let shift: Double =
            switch text.anchor {
            case .start: 0
            case .middle: -width(text.text, size: text.size, isBold: text.isBold) / 2
            case .end: -width(text.text, size: text.size, isBold: text.isBold)
            }
        cairo_move_to(context, shift, 0)
        for run in runs(of: text.text, isBold: text.isBold) {
            cairo_set_font_face(context, run.font.face)
            cairo_set_font_size(context, text.size)
            cairo_show_text(context, run.text)
        }
    }

    /// `text`, or as much of its beginning as has room, with an ellipsis.
    func clipped(_ text: String, to room: Double, size: Double, isBold: Bool = false) -> String {
        let text = PlainText.clipped(text, to: 400)
        guard width(text, size: size, isBold: isBold) > room else { return text }
        var letters = Array(text)
        while !letters.isEmpty {
            letters.removeLast()
            while letters.last == " " { letters.removeLast() }
            let shorter = String(letters) + "…"
            if width(shorter, size: size, isBold: isBold) <= room { return shorter }
        }
        return "…"
    }

    /// `text` in lines no longer than `room`, broken between words.
    func lines(_ text: String, to room: Double, size: Double) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, width("\(last) \(word)", size: size) <= room {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(clipped(String(word), to: room, size: size))
            }
        }
        return lines
    }

    /// The fonts beside its own that the texts of a scene are set in, and what their author should know: letters that are not set.
    func survey(_ scene: Scene) -> (fonts: [FontFace], remarks: [String]) {
        var fonts: [FontFace] = [], remarks: [String] = []
        var seen = Set<Unicode.Scalar>()
        for text in scene.texts {
            for letter in PlainText.safe(text).unicodeScalars where !letter.properties.isDefaultIgnorableCodePoint && seen.insert(letter).inserted {
                if let obstacle = obstacle(letter) {
                    remarks.append("\(Self.words(for: obstacle, letter)), in “\(PlainText.clipped(text))”: a box stands in its place.")
                } else if let font = font(for: letter, isBold: false), font !== regular, !fonts.contains(where: { $0 === font }) {
                    fonts.append(font)
                }
            }
        }
        return (fonts, remarks)
    }

    /// `No font here has 猫 (U+732B)`.
    static func words(for obstacle: Obstacle, _ letter: Unicode.Scalar) -> String {
        let name = "\(letter) (U+\(LaTeXText.hexadecimal(letter)))"
        return switch obstacle {
        case .noFont: "No font here has \(name)"
        case .script: "\(name) is of a script that joins its letters or runs from right to left, which figures cannot set"
        }
    }
}
