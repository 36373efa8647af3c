import Glibc

/// Numbers as pages print them: the same in every place and under every locale.
enum Number {
    /// Three significant digits, `1.23e-07` where plain digits would be hard to read.
    static func short(_ value: Float) -> String { short(Double(value)) }

    static func short(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "undefined" : value > 0 ? "∞" : "−∞" }
        if value == 0 { return "0" }
        let size = abs(value)
        let text: String
        if size < 0.001 || size >= 1e7 {
            text = format("%.2e", value)
        } else {
            // Digits after the point so that three digits count: from the rounded value, so that 9.996 is 10.0.
            let exponent = Int(floor(log10(Double(format("%.2e", size)) ?? size)))
            text = exponent >= 3 ? grouped(Int(value.rounded())) : fixed(value, max(0, 2 - exponent))
        }
        return text.replacingHyphen()
    }

    /// A share in [0, 1] as percent: `12.3 %`; the ends only where they are exact. Spaces do not break.
    static func percent(_ share: Float) -> String {
        guard share.isFinite else { return "undefined" }
        let percent = Double(share) * 100
        if percent > 0, percent < 0.1 { return "<\u{A0}0.1\u{A0}%" }
        if percent < 100, percent > 99.9 { return ">\u{A0}99.9\u{A0}%" }
        return (percent == 0 || percent == 100 ? fixed(percent, 0) : fixed(percent, 1)).replacingHyphen() + "\u{A0}%"
    }

    /// A correlation, with a sign if it is negative: `0.83`, `−0.41`. 1 only where it rounds to it in three digits.
    static func correlation(_ value: Float) -> String {
        guard value.isFinite else { return "undefined" }
        return fixed(Double(value), abs(value) >= 0.995 ? 3 : 2).replacingHyphen()
    }

    /// A share that may be below zero: `−12.3 %`.
    static func signedPercent(_ share: Float) -> String { (share < 0 ? "−" : "") + percent(abs(share)) }

    /// A difference of shares in percentage points: `+1.2`, `−0.3`, `0.0`.
    static func signedPoints(_ difference: Double) -> String {
        guard difference.isFinite else { return "–" }
        let text = fixed(abs(difference) * 100, 1)
        return text == "0.0" ? text : (difference < 0 ? "−" : "+") + text
    }

    /// A whole number with commas: `10,000`.
    static func grouped(_ value: Int) -> String {
        var digits = Array(String(value.magnitude))
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: place)
            place -= 3
        }
        return (value < 0 ? "−" : "") + String(digits)
    }

    /// `1 image`, `2 images`.
    static func count(_ value: Int, _ one: String, _ many: String? = nil) -> String {
        "\(grouped(value)) \(value == 1 ? one : many ?? one + "s")"
    }

    /// With `digits` after the point, as attributes and coordinates need it (an ASCII minus).
    static func fixed(_ value: Double, _ digits: Int) -> String {
        let text = format("%.\(digits)f", value)
        // What rounds to zero is not below it.
        return text.first == "-" && text.allSatisfy { "-0.".contains($0) } ? String(text.dropFirst()) : text
    }

    /// A coordinate of a drawing: two digits, no trailing zeros.
    static func coordinate(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        var text = fixed(value, 2)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    /// A number that somebody chose, as it was given: `1`, `0.05`, `10,000`, `1e-05`.
    static func plain(_ value: Double) -> String {
        guard value.isFinite else { return short(value) }
        return value == value.rounded() && abs(value) < 1e9 ? grouped(Int(value)) : format("%.6g", value).replacingHyphen()
    }

    /// For machines: the shortest text that gives the same value again; empty when there is no number.
    static func exact(_ value: Float?) -> String {
        guard let value, value.isFinite else { return "" }
        return value == value.rounded() && abs(value) < 1e6 ? String(Int(value)) : String(describing: value)
    }

    /// A network's input or a layer's shape: `3 × 32 × 32`.
    static func shape(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "\u{A0}×\u{A0}") }

    /// Bytes in the unit people read: `1.1 MB`.
    static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1000: "\(count) bytes"
        case ..<1_000_000: "\(fixed(Double(count) / 1e3, 1)) kB"
        case ..<1_000_000_000: "\(fixed(Double(count) / 1e6, 1)) MB"
        default: "\(fixed(Double(count) / 1e9, 2)) GB"
        }
    }

    private static func format(_ format: String, _ value: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 400)
        let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
        return String(
            decoding: buffer.prefix(max(0, min(Int(length), buffer.count - 1))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension String {
    /// With a minus sign in place of a leading hyphen, as print has it.
    fileprivate func replacingHyphen() -> String { hasPrefix("-") ? "−" + dropFirst() : self }
}
