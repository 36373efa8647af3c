import CCairo
import Diagnostics

/// A font of a file, for cairo: outlines only, so that a PDF embeds them as TrueType or as compact Type 1 and never as Type 3.
final class FontFace {
    /// As its file calls it: `Noto Sans CJK JP`.
    let family: String
    let file: String
    let face: OpaquePointer
    private let pattern: OpaquePointer
    private let characters: OpaquePointer

    /// - Parameter number: of the font in a file that has several.
    /// - Throws: `Problem` for what is no font, or one of bitmaps or colours.
    init(file: String, number: Int32 = 0) throws {
        var count: Int32 = 0
        guard let pattern = FcFreeTypeQuery(Array(file.utf8) + [0], UInt32(bitPattern: number), nil, &count) else {
            throw Problem(
                "\(file) is no font that can be read", explanation: "Files of TrueType and OpenType fonts are (.ttf, .otf, .ttc).",
                remedy: "`fc-list` names the fonts of this machine.", kind: .usage)
        }
        var characters: OpaquePointer?
        guard Self.hasOutlines(pattern), FcPatternGetCharSet(pattern, FC_CHARSET, 0, &characters) == FcResultMatch, let characters,
            let face = cairo_ft_font_face_create_for_pattern(pattern)
        else {
            FcPatternDestroy(pattern)
            throw Problem(
                "\(file) has no outlines of letters", explanation: "Fonts of bitmaps and of colours cannot be embedded as TrueType.",
                remedy: "Choose another font.", kind: .usage)
        }
        (self.file, self.pattern, self.characters, self.face) = (file, pattern, characters, face)
        family = Self.text(pattern, FC_FAMILY) ?? file
    }

    deinit {
        cairo_font_face_destroy(face)
        FcPatternDestroy(pattern)
    }

    func has(_ letter: Unicode.Scalar) -> Bool { FcCharSetHasChar(characters, letter.value) != 0 }

    /// A font of this machine that has the letter, of those without serifs if there is one; nil where none has it.
    static func installed(with letter: Unicode.Scalar) -> FontFace? {
        guard let wanted = FcPatternCreate(), let letters = FcCharSetCreate() else { return nil }
        defer {
            FcCharSetDestroy(letters)
            FcPatternDestroy(wanted)
        }
        FcCharSetAddChar(letters, letter.value)
        FcPatternAddCharSet(wanted, FC_CHARSET, letters)
        FcPatternAddString(wanted, FC_FAMILY, Array("sans-serif".utf8) + [0])
        FcPatternAddBool(wanted, FC_OUTLINE, 1)
        FcPatternAddBool(wanted, FC_COLOR, 0)
        FcConfigSubstitute(nil, wanted, FcMatchPattern)
        FcDefaultSubstitute(wanted)
        var result = FcResultMatch
        guard let set = FcFontSort(nil, wanted, 0, nil, &result) else { return nil }
        defer { FcFontSetSortDestroy(set) }
        for place in 0..<Int(set.pointee.nfont) {
            guard let known = set.pointee.fonts[place], hasOutlines(known) else { continue }
            var characters: OpaquePointer?
            var number: Int32 = 0
            guard FcPatternGetCharSet(known, FC_CHARSET, 0, &characters) == FcResultMatch, FcCharSetHasChar(characters, letter.value) != 0,
                let file = text(known, FC_FILE)
            else { continue }
            FcPatternGetInteger(known, FC_INDEX, 0, &number)
            // The upper half names an instance of a variable font.
            guard number < 0x10000, let face = try? FontFace(file: file, number: number), face.has(letter) else { continue }
            return face
        }
        return nil
    }

    private static func hasOutlines(_ pattern: OpaquePointer) -> Bool {
        var isOutline: FcBool = 0, hasColour: FcBool = 0
        guard FcPatternGetBool(pattern, FC_OUTLINE, 0, &isOutline) == FcResultMatch, isOutline != 0 else { return false }
        FcPatternGetBool(pattern, FC_COLOR, 0, &hasColour)
        return hasColour == 0 && ["TrueType", "CFF"].contains(text(pattern, FC_FONTFORMAT) ?? "")
    }

    private static func text(_ pattern: OpaquePointer, _ key: String) -> String? {
        var value: UnsafeMutablePointer<FcChar8>?
        guard FcPatternGetString(pattern, key, 0, &value) == FcResultMatch, let value else { return nil }
        return String(cString: value)
    }
}
