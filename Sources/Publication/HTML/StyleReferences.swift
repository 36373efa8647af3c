/// What a style sheet makes a browser load: `url(…)` and `@import "…"`.
enum StyleReferences {
    /// The addresses in `css` with their lines, counted from 1. Comments are skipped, escapes are left as they are.
    static func of(_ css: some Collection<UInt8>) -> [(address: String, line: Int)] {
        var scanner = Scanner(bytes: Array(css))
        return scanner.references()
    }

    private struct Scanner {
        let bytes: [UInt8]
        var place = 0
        var line = 1
        var found: [(address: String, line: Int)] = []

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func references() -> [(address: String, line: Int)] {
            var isImport = false
            while place < bytes.count {
                if skips("/*") {
                    while place < bytes.count, !skips("*/") { step() }
                } else if skips("url(") {
                    skipSpace()
                    let start = line
                    if place < bytes.count, isQuote(bytes[place]) { found.append((string(), start)) } else { found.append((bare(), start)) }
                    isImport = false
                } else if isQuote(bytes[place]) {
                    let start = line
                    let text = string()
                    if isImport { found.append((text, start)) }
                    isImport = false
                } else if skips("@import") {
                    isImport = true
                } else {
                    if bytes[place] == UInt8(ascii: ";") || bytes[place] == UInt8(ascii: "{") { isImport = false }
                    step()
                }
            }
            return found.filter { !$0.address.isEmpty }
        }

        private mutating func step() {
            if bytes[place] == UInt8(ascii: "\n") { line += 1 }
            place += 1
        }

        /// Steps over `word`, in either case, when it stands here.
        private mutating func skips(_ word: StaticString) -> Bool {
            let count = word.utf8CodeUnitCount
            guard place + count <= bytes.count else { return false }
            for index in 0..<count where (bytes[place + index] | lowered(bytes[place + index])) != word.utf8Start[index] { return false }
            place += count
            return true
        }

        /// The bit that makes a capital letter small.
        private func lowered(_ byte: UInt8) -> UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? 0x20 : 0 }

        private func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

        private mutating func skipSpace() {
            while place < bytes.count, bytes[place] <= UInt8(ascii: " ") { step() }
        }

        private mutating func string() -> String {
            let quote = bytes[place]
            place += 1
            let start = place
            while place < bytes.count, bytes[place] != quote, bytes[place] != UInt8(ascii: "\n") {
                if bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count { step() }
                step()
            }
            let text = String(decoding: bytes[start..<min(place, bytes.count)], as: UTF8.self)
            if place < bytes.count { step() }
            return text
        }

        private mutating func bare() -> String {
            let start = place
            while place < bytes.count, bytes[place] != UInt8(ascii: ")"), bytes[place] > UInt8(ascii: " ") { step() }
            return String(decoding: bytes[start..<place], as: UTF8.self)
        }
    }
}
