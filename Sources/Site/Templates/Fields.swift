import Mustache

/// What a template may name: a record of texts, numbers, flags, lists, further records and markup.
///
/// Every text is made safe on its way in (`PlainText.safe`), and what is nil stays absent: a template that asks for it finds
/// nothing, rather than the value of the same name of the record around.
struct Fields: MustacheParent, ExpressibleByDictionaryLiteral {
    private var values: [String: Any] = [:]

    init(dictionaryLiteral elements: (String, Any?)...) {
        for (name, value) in elements { self[name] = value }
    }

    subscript(name: String) -> Any? {
        get { values[name] }
        set {
            switch newValue {
            case nil: values[name] = Absent()
            case let text as String: values[name] = PlainText.safe(text)
            case let texts as [String]: values[name] = texts.map(PlainText.safe)
            case .some(let value): values[name] = value
            }
        }
    }

    /// Adds `others`; of a name that both have theirs counts.
    mutating func add(_ others: Fields) { values.merge(others.values) { $1 } }

    func child(named name: String) -> Any? { values[name] }

    /// The same with every text made literal for Markdown.
    func forMarkdown() -> Fields {
        var result = self
        for (name, value) in values {
            switch value {
            case let text as String: result.values[name] = PlainText.markdown(text)
            case let texts as [String]: result.values[name] = texts.map(PlainText.markdown)
            case let fields as Fields: result.values[name] = fields.forMarkdown()
            case let list as [Fields]: result.values[name] = list.map { $0.forMarkdown() }
            default: break
            }
        }
        return result
    }

    private struct Absent: MustacheCustomRenderable {
        var renderText: String { "" }
        var isNull: Bool { true }
    }
}
