import Foundation

/// Holds JSON against a schema (JSON Schema 2020-12, the part of it that our schemas use), and a schema against itself: a word that is not
/// known here is an objection too.
struct StrictSchema {
    private let root: [String: Any]

    init(_ data: Data) throws {
        guard let root = try JSONSerialization.jsonObject(with: data) as? [String: Any] else { throw CocoaError(.coderReadCorrupt) }
        self.root = root
    }

    /// What does not fit, with its place.
    func objections(to data: Data) throws -> [String] {
        var found: [String] = []
        check(try JSONSerialization.jsonObject(with: data), root, at: "", &found)
        return found
    }

    private static let known: Set = [
        "$schema", "title", "description", "type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "minimum",
        "maximum", "pattern", "const",
    ]

    private func check(_ value: Any, _ schema: [String: Any], at place: String, _ found: inout [String]) {
        for word in schema.keys where !Self.known.contains(word) { found.append("\(place): the schema says \(word)") }
        let types = schema["type"] as? [String] ?? (schema["type"] as? String).map { [$0] }
        if let types, !types.contains(where: { Self.isOf($0, value) }) { return found.append("\(place): \(value) is not \(types)") }
        if let wanted = schema["const"] as? NSNumber, (value as? NSNumber) != wanted { found.append("\(place): \(value) is not \(wanted)") }
        switch value {
        case let object as [String: Any]:
            let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
            for name in schema["required"] as? [String] ?? [] where object[name] == nil { found.append("\(place): no \(name)") }
            for (name, member) in object {
                if let inner = properties[name] {
                    check(member, inner, at: "\(place)/\(name)", &found)
                } else if schema["additionalProperties"] as? Bool == false {
                    found.append("\(place): \(name) is not in the schema")
                }
            }
        case let array as [Any]:
            if let least = schema["minItems"] as? Int, array.count < least { found.append("\(place): only \(array.count)") }
            if let most = schema["maxItems"] as? Int, array.count > most { found.append("\(place): as many as \(array.count)") }
            guard let items = schema["items"] as? [String: Any] else { return found.append("\(place): the schema does not say of what") }
            for (number, item) in array.enumerated() { check(item, items, at: "\(place)/\(number)", &found) }
        case let text as String:
            if let pattern = schema["pattern"] as? String, text.range(of: pattern, options: .regularExpression) == nil {
                found.append("\(place): \(text) does not match \(pattern)")
            }
        case let number as NSNumber where !Self.isOf("boolean", number):
            if let least = schema["minimum"] as? Double, number.doubleValue < least { found.append("\(place): \(number) is too small") }
            if let most = schema["maximum"] as? Double, number.doubleValue > most { found.append("\(place): \(number) is too large") }
        default: break
        }
    }

    private static func isOf(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "null": value is NSNull
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "integer": (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
        case "number": value is NSNumber
        default: false
        }
    }
}
