/// JSON as it is written: for thousands of small files, where an encoder that looks at every type would take most of the time of a
/// rendering. Members stand in the order in which they are added, so that equal values give equal bytes.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// The text of one object.
    static func object(_ body: (inout JSONText) -> Void) -> [UInt8] {
        var text = JSONText()
        text.bytes.reserveCapacity(4096)
        text.between("{", "}", body)
        text.bytes.append(UInt8(ascii: "\n"))
        return text.bytes
    }

    mutating func member(_ name: StaticString, _ value: String?) { named(name) { $0.value(value) } }
    mutating func member(_ name: StaticString, _ value: Int?) { named(name) { $0.value(value) } }
    mutating func member(_ name: StaticString, _ value: UInt64) { named(name) { $0.raw(String(value)) } }
    mutating func member(_ name: StaticString, _ value: Float?) { named(name) { $0.value(value) } }

    mutating func member(_ name: StaticString, object body: (inout JSONText) -> Void) { named(name) { $0.object(body) } }

    /// An object for `value`; null where there is none.
    mutating func member<T>(_ name: StaticString, object value: T?, _ body: (inout JSONText, T) -> Void) {
        named(name) { text in
            if let value { text.object { body(&$0, value) } } else { text.raw("null") }
        }
    }

    /// An array with what `body` writes for each of `values`; null where there are none.
    mutating func member<T>(_ name: StaticString, array values: [T]?, _ body: (inout JSONText, T) -> Void) {
        named(name) { text in
            guard let values else { return text.raw("null") }
            text.between("[", "]") { for value in values { body(&$0, value) } }
        }
    }

    mutating func object(_ body: (inout JSONText) -> Void) { between("{", "}", body) }

    mutating func value(_ value: Int?) { raw(value.map(String.init) ?? "null") }

    /// The shortest digits that give the same value again; null for what is no number or infinite, which JSON has not.
    mutating func value(_ value: Float?) {
        let digits = Number.exact(value)
        raw(digits.isEmpty ? "null" : digits)
    }

    mutating func value(_ value: String?) {
        guard let value else { return raw("null") }
        separate()
        quote(value)
        needsComma = true
    }

    // MARK: Signs

    private mutating func named(_ name: StaticString, _ body: (inout JSONText) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
        body(&self)
    }

    private mutating func between(_ open: Character, _ close: Character, _ body: (inout JSONText) -> Void) {
        separate()
        bytes.append(open.asciiValue ?? 0)
        needsComma = false
        body(&self)
        bytes.append(close.asciiValue ?? 0)
        needsComma = true
    }

    private mutating func raw(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(contentsOf: [Self.digit(byte >> 4), Self.digit(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10 }
}
