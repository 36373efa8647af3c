extension ONNXModel {
    /// Height and width of images as the file's notes say (`imgsz` of Ultralytics: `[224, 224]`); nil when they do not.
    var imageSize: [Int]? {
        guard let text = metadata["imgsz"], text.count <= 64 else { return nil }
        let numbers = text.split(whereSeparator: { "[](), ".contains($0) }).map { Int($0) }
        let sides = numbers.compactMap { $0 }
        guard sides.count == numbers.count, sides.allSatisfy({ (1...4096).contains($0) }) else { return nil }
        return sides.count == 1 ? [sides[0], sides[0]] : sides.count == 2 ? sides : nil
    }

    /// Names of classes by number as the file's notes have them (`names` of Ultralytics, a dictionary as Python or JSON writes it:
    /// `{0: 'cat', 1: 'dog'}`); nil when they have none or a number is left out.
    var classNames: [String]? {
        guard let text = metadata["names"], text.utf8.count <= 1 << 20, let names = PythonLiteral.dictionary(text), !names.isEmpty
        else { return nil }
        let ordered = (0..<names.count).compactMap { names["\($0)"] }
        return ordered.count == names.count ? ordered : nil
    }
}

/// Text that Python's `str` or a JSON writer made of a dictionary of numbers and texts.
enum PythonLiteral {
    /// The entries of `{0: 'cat', "1": "dog"}`, keys as text; nil for anything else.
    static func dictionary(_ text: String) -> [String: String]? {
        var rest = Substring(text)
        func skip() { rest = rest.drop { $0.isWhitespace } }
        func take(_ character: Character) -> Bool {
            skip()
            guard rest.first == character else { return false }
            rest.removeFirst()
            return true
        }
        func item() -> String? {
            skip()
            guard let quote = rest.first else { return nil }
            guard quote == "'" || quote == "\"" else {
                let number = rest.prefix { $0.isNumber }
                rest = rest.dropFirst(number.count)
                return number.isEmpty ? nil : String(number)
            }
            rest.removeFirst()
            var result = ""
            while let next = rest.popFirst() {
                if next == quote { return result }
                guard next == "\\" else {
                    result.append(next)
                    continue
                }
                guard let escaped = rest.popFirst() else { return nil }
                result.append(escaped == "n" ? "\n" : escaped == "t" ? "\t" : escaped)
            }
            return nil
        }
        guard take("{") else { return nil }
        var result: [String: String] = [:]
        if take("}") { return result }
        repeat {
            skip()
            if rest.first == "}" { break }
            guard let key = item(), take(":"), let value = item(), result.updateValue(value, forKey: key) == nil else { return nil }
        } while take(",")
        return take("}") ? result : nil
    }
}
