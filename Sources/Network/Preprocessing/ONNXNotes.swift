/// The notes that exporters leave in an ONNX file (`metadata_props`), as far as they tell how to use a classifier. Ultralytics writes
/// `names`, `imgsz`, `stride`, `task` as Python prints them.
struct ONNXNotes {
    let classNames: [String]?
    /// Height and width.
    let size: [Int]?
    /// True when Ultralytics exported the file: its classifiers take colours from 0 to 1 as they are.
    let isUltralytics: Bool

    static let source = "the ONNX file's notes"

    init(_ metadata: [String: String]) {
        isUltralytics = metadata["author"] == "Ultralytics" || metadata["description"]?.hasPrefix("Ultralytics ") == true
        size = metadata["imgsz"].flatMap { text in
            let numbers = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int($0) }
            guard numbers.allSatisfy({ (1...1 << 14).contains($0) }) else { return nil }
            return numbers.count == 1 ? [numbers[0], numbers[0]] : numbers.count == 2 ? numbers : nil
        }
        classNames = ["names", "classes", "labels", "class_names"].lazy.compactMap { metadata[$0] }.compactMap { PythonNames.read($0) }.first
    }

    /// What they state of the preprocessing.
    var stated: ImageNetwork.Input.Stated {
        var result = ImageNetwork.Input.Stated(.file(Self.source))
        result.size = size
        if isUltralytics {
            (result.mean, result.standardDeviation, result.valueRange) = ([0], [1], [0, 1])
            // `classify_transforms`: the shorter side to the size, then the centre.
            if let size, size[0] == size[1] { result.resizing = .shorterSide(size[0]) }
            result.interpolation = .bilinear
        }
        return result
    }
}

/// A list or a table of names as Python's `str` or JSON write it: `{0: 'tench', 1: "cock's comb"}`, `['a', 'b']`. Read as data.
private struct PythonNames {
    private var rest: Substring

    /// The names in order; nil when `text` is of another form, or a table does not count from 0.
    static func read(_ text: String) -> [String]? {
        var reader = PythonNames(rest: text[...])
        reader.skip()
        if reader.accept("{") { return reader.table() }
        return reader.accept("[") ? reader.list() : nil
    }

    private mutating func skip() { rest = rest.drop { $0.isWhitespace } }

    private mutating func accept(_ character: Character) -> Bool {
        skip()
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func list() -> [String]? {
        var names: [String] = []
        while !accept("]") {
            guard let name = quoted() else { return nil }
            names.append(name)
            if !accept(","), rest.first != "]" { return nil }
        }
        return names.isEmpty ? nil : names
    }

    private mutating func table() -> [String]? {
        var names: [Int: String] = [:]
        while !accept("}") {
            skip()
            let key: String
            if let text = quoted() {
                key = text
            } else {
                key = String(rest.prefix { $0.isASCII && $0.isNumber })
                rest = rest.dropFirst(key.count)
            }
            guard let number = Int(key), names[number] == nil, accept(":"), let name = quoted() else { return nil }
            names[number] = name
            if !accept(","), rest.first != "}" { return nil }
        }
        let inOrder = (0..<names.count).map { names[$0] }
        return names.isEmpty || inOrder.contains(nil) ? nil : inOrder.compactMap { $0 }
    }

    /// A text in either kind of quotes, with the escapes that names have.
    private mutating func quoted() -> String? {
        skip()
        guard let quote = rest.first, quote == "'" || quote == "\"" else { return nil }
        rest.removeFirst()
        var result = ""
        while let character = rest.popFirst() {
            if character == quote { return result }
            guard character == "\\" else {
                result.append(character)
                continue
            }
            switch rest.popFirst() {
            case "n"?: result.append("\n")
            case "t"?: result.append("\t")
            case "x"?: guard append(2, to: &result) else { return nil }
            case "u"?: guard append(4, to: &result) else { return nil }
            case let other?: result.append(other)
            case nil: return nil
            }
        }
        return nil
    }

    /// The character of so many hexadecimal digits.
    private mutating func append(_ digits: Int, to result: inout String) -> Bool {
        let code = rest.prefix(digits)
        guard code.count == digits, let number = UInt32(code, radix: 16), let scalar = Unicode.Scalar(number) else { return false }
        rest = rest.dropFirst(digits)
        result.unicodeScalars.append(scalar)
        return true
    }
}
