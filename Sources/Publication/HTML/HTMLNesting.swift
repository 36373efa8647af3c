/// How deeply the elements of a page may be nested: an upper bound, found without parsing it.
///
/// Whatever is not certain to close an element leaves it open: what stands in comments, scripts and attributes counts as well.
struct HTMLNesting {
    private typealias Name = UInt64

    private struct Open {
        var name: Name
        /// True in a drawing (SVG), where `<rect/>` has an end.
        var isForeign: Bool
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var open: [Open] = []
    private var deepest = 0

    /// The largest number of elements that are open at once.
    static func depth(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var nesting = HTMLNesting(bytes: bytes)
        nesting.scan()
        return nesting.deepest
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private mutating func scan() {
        var place = 0
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "<") else {
                place += 1
                continue
            }
            place += 1
            let closes = place < bytes.count && bytes[place] == UInt8(ascii: "/")
            if closes { place += 1 }
            let start = place
            var name = Self.seed
            while place < bytes.count, Self.isLetter(bytes[place]) {
                name = Self.add(bytes[place], to: name)
                place += 1
            }
            guard place > start else { continue }
            if closes {
                // A closing tag counts only where it closes the element opened last.
                if open.last?.name == name { open.removeLast() }
            } else {
                begin(name, attributesAt: place)
            }
        }
    }

    private mutating func begin(_ name: Name, attributesAt place: Int) {
        let isWithin = open.last?.isForeign ?? false, isDrawn = Self.drawn.contains(name)
        if isWithin, !isDrawn, !Self.integrated.contains(name) {
            // An element of HTML may end the drawing.
            var index = open.count - 1
            while index >= 0, open[index].isForeign {
                open[index].isForeign = false
                index -= 1
            }
        }
        if Self.shallow.contains(name) || isWithin && isDrawn && isSelfClosing(attributesAt: place) { return }
        open.append(Open(name: name, isForeign: name == Self.svg || isWithin && isDrawn))
        deepest = max(deepest, open.count)
    }

    /// True when the tag whose attributes begin at `place` ends in `/>`, as a parser reads it.
    private func isSelfClosing(attributesAt place: Int) -> Bool {
        var place = place
        // Longer tags count as open: each tag is looked at once more.
        let end = min(bytes.count, place + 4096)
        func skip(while condition: (UInt8) -> Bool) {
            while place < end, condition(bytes[place]) { place += 1 }
        }
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) && byte != 0x0B }
        let slash = UInt8(ascii: "/"), greater = UInt8(ascii: ">"), equals = UInt8(ascii: "=")
        while true {
            skip(while: isSpace)
            guard place < end, bytes[place] != greater else { return false }
            if bytes[place] == slash {
                place += 1
                if place < end, bytes[place] == greater { return true }
                continue
            }
            let start = place
            skip { !isSpace($0) && $0 != slash && $0 != greater && $0 != equals }
            guard place > start, !bytes[start..<place].contains(where: Self.isQuote) else { return false }
            skip(while: isSpace)
            guard place < end, bytes[place] == equals else { continue }
            place += 1
            skip(while: isSpace)
            guard place < end else { return false }
            if Self.isQuote(bytes[place]) {
                let quote = bytes[place]
                place += 1
                skip { $0 != quote }
                place += 1
            } else {
                skip { !isSpace($0) && $0 != greater }
            }
        }
    }

    // MARK: Names

    /// Elements that have no content, and those that end where the next of their kind begins: they nest by others only.
    private static let shallow = hashes(
        "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th thead tbody tfoot option optgroup rt rp html "
            + "head body")
    /// Elements of drawings in which other such elements stand.
    private static let drawn = hashes(
        "svg g a defs symbol use path rect circle ellipse line polyline polygon text tspan image stop lineargradient radialgradient clippath mask "
            + "pattern marker filter animate")
    /// Elements of drawings that hold HTML.
    private static let integrated = hashes("title desc foreignobject")
    private static let svg = hashes("svg").first ?? 0

    private static func hashes(_ names: String) -> Set<Name> {
        Set(names.split(separator: " ").map { $0.utf8.reduce(seed) { add($1, to: $0) } })
    }

    /// FNV-1a, without regard to case.
    private static let seed: Name = 0xcbf2_9ce4_8422_2325
    private static func add(_ byte: UInt8, to name: Name) -> Name { (name ^ Name(byte | 0x20)) &* 0x100_0000_01b3 }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: "-")
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }
}
