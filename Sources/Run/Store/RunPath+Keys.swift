import Crypto

/// Names of layers, methods and states as parts of paths.
extension RunPath {
    /// A layer's name as a file or folder name and as a part of a URL: the same for the same name in every run, different for different
    /// names, on a disk without regard to case as well, never beginning with `_` (some hosts hide those) or `.`, and no device of Windows.
    ///
    /// ASCII letters, digits, `.`, `-` and `_` stay as they are; every other byte of the UTF-8 form becomes `~` and two hexadecimal digits,
    /// as do a leading `_` or `.`, a trailing `.` and the first letter of a device (`aux`, `con.1`). `~` rather than `%`, which would have
    /// to be escaped once more in URLs. Where there are capitals, `~-` and a hexadecimal number follow, whose bits say which letters they
    /// are, the first letter's lowest: `Mixed_5b~-1`. Very long names are cut and get a hash.
    public static func key(for name: String) -> String {
        let (key, capitals) = escaped(name)
        guard key.utf8.count + capitals.count + 2 <= 120 else {
            // `~~` cannot come out of the escaping.
            return String(key.prefix(80)) + "~~" + hexadecimal(SHA256.hash(data: Array(name.utf8)).prefix(16))
        }
        return capitals.isEmpty ? key : "\(key)~-\(capitals)"
    }

    /// As `key(for:)` was before it told capitals: run folders of then have it.
    static func earlierKey(for name: String) -> String {
        let key = escaped(name, keepsDevices: true).key
        return key.utf8.count <= 120 ? key : String(key.prefix(80)) + "~~" + hexadecimal(SHA256.hash(data: Array(name.utf8)).prefix(16))
    }

    /// The name with its unsafe bytes escaped, and which of the letters that stay are capitals.
    private static func escaped(_ name: String, keepsDevices: Bool = false) -> (key: String, capitals: String) {
        let bytes = Array(name.utf8)
        guard !bytes.isEmpty else { return ("~", "") }
        let isDevice = !keepsDevices && devices.contains(String(decoding: bytes.prefix { $0 != UInt8(ascii: ".") }, as: UTF8.self).lowercased())
        var key = ""
        var digits: [UInt8] = []
        var letters = 0
        for (position, byte) in bytes.enumerated() {
            let isCapital = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            let isLetter = isCapital || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            let isPlain: Bool
            switch byte {
            case _ where isLetter: isPlain = !(isDevice && position == 0)
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): isPlain = true
            case UInt8(ascii: "_"): isPlain = position > 0
            case UInt8(ascii: "."): isPlain = position > 0 && position < bytes.count - 1
            default: isPlain = false
            }
            guard isPlain else {
                key += byte < 16 ? "~0" : "~"
                key += String(byte, radix: 16, uppercase: true)
                continue
            }
            key.unicodeScalars.append(Unicode.Scalar(byte))
            guard isLetter else { continue }
            if letters % 4 == 0 { digits.append(0) }
            if isCapital { digits[letters / 4] |= 1 << UInt8(letters % 4) }
            letters += 1
        }
        while digits.last == 0 { digits.removeLast() }
        return (key, digits.reversed().map { String($0, radix: 16) }.joined())
    }

    /// Names that Windows has for devices, with any ending.
    private static let devices: Set<String> = {
        var names: Set = ["con", "prn", "aux", "nul"]
        for digit in 0...9 { names.formUnion(["com\(digit)", "lpt\(digit)"]) }
        return names
    }()
}
