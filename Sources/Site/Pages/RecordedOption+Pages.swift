import Run

extension RecordedOption {
    /// The value as pages print it.
    var text: String {
        switch value {
        case .text(let text): text
        case .names(let names): names.joined(separator: ", ")
        case .whole(let number): Number.grouped(number)
        case .decimal(let number): Number.plain(Double(number))
        case .flag(let isSet): isSet ? "yes" : "no"
        }
    }
}

extension [RecordedOption] {
    /// The rows of *Reproduce*: section after section, in each as they are recorded.
    var rows: [(String, String)] {
        enumerated().sorted { ($0.element.section.rawValue, $0.offset) < ($1.element.section.rawValue, $1.offset) }
            .compactMap { _, option in option.row.map { ($0, option.shown ?? option.text) } }
    }
}

extension Fields {
    /// Options under their names on the command line, `options.window-stride`; flags as what a template may ask.
    init(_ options: [RecordedOption]) {
        self = [:]
        for option in options where option.name.hasPrefix("--") {
            let name = String(option.name.dropFirst(2))
            if case .flag(let isSet) = option.value { self[name] = isSet } else { self[name] = option.text }
        }
    }
}
