extension NetworkDescription.Preprocessing {
    /// The parts in words, in the order in which they are done, each with the keys of `sources` that it is about.
    public var parts: [(keys: [String], words: String)] {
        let filter = "(\(filter))"
        let crop = Self.sides(crop)
        var parts: [(keys: [String], words: String)] = []
        if let resize {
            parts.append((["resize", "size", "interpolation"], "shorter side to \(resize) \(filter), centre crop \(crop)"))
        } else if let stretch {
            parts.append((["resize", "size", "interpolation"], "resized to \(Self.sides(stretch)) \(filter), centre crop \(crop)"))
        } else if let cover {
            parts.append((["resize", "size", "interpolation"], "in proportion to cover \(Self.sides(cover)) \(filter), centre crop \(crop)"))
        } else {
            parts.append((["resize", "size", "interpolation"], "whole images resized to \(crop) \(filter)"))
        }
        parts.append((["channelOrder", "layout"], (channelOrder ?? "RGB") + (layout.map { ", \($0)" } ?? "")))
        let range = valueRange ?? [0, 1]
        parts.append((["valueRange"], "values \(range.map(Self.number).joined(separator: " to "))"))
        parts.append((["mean"], "mean \(mean.map(Self.number).joined(separator: ", "))"))
        parts.append((["standardDeviation"], "standard deviation \(standardDeviation.map(Self.number).joined(separator: ", "))"))
        return parts
    }

    /// How pixels are mixed when a picture's size changes.
    public var filter: String { interpolation == "nearest" ? interpolation : "\(interpolation), antialiased" }

    /// All of it on one line.
    public var words: String { parts.map(\.words).joined(separator: "; ") }

    /// The sources in words with what is known from each, in a fixed order: `config.json: size, resize`.
    public var origins: [(source: String, parts: [String])] {
        guard let sources else { return [] }
        var found: [(source: String, parts: [String])] = []
        for (key, name) in Self.names {
            guard let source = sources[key] else { continue }
            let words = Self.words(ofSource: source)
            if let place = found.firstIndex(where: { $0.source == words }) {
                found[place].parts.append(name)
            } else {
                found.append((words, [name]))
            }
        }
        return found
    }

    /// What is least certain, and what is known from nowhere better: assumptions, else the family's default, else what the graph says, else
    /// files, else options. That a graph says of nothing but the layout is not worth a word where there is more.
    public var weakest: (source: String, parts: [String])? {
        func rank(_ source: String) -> Int { ["assumed": 0, "the family's default": 1, "found in the graph": 2, "told": 4][source] ?? 3 }
        let origins = origins, telling = origins.filter { $0.parts != ["layout"] }
        return (telling.isEmpty ? origins : telling).enumerated().min { (rank($0.element.source), $0.offset) < (rank($1.element.source), $1.offset) }?.element
    }

    /// The names of the parts that nothing says: neither an option, nor a file, nor the graph.
    public var assumptions: [String] {
        guard let sources else { return [] }
        return Self.names.filter { sources[$0.key] == "assumed" || sources[$0.key] == "habit" }.map(\.name)
    }

    /// Which assumption to doubt first where a network gets its images wrong, and how to say otherwise; nil where all is known.
    public var firstDoubt: String? {
        guard let sources else { return nil }
        let doubts: [(keys: [String], words: String, options: String)] = [
            (["mean", "standardDeviation", "valueRange"], "mean, standard deviation and range of values", "--mean, --std and --value-range"),
            (["channelOrder"], "the order of channels", "--channel-order"),
            (["resize", "size"], "how images are resized and cropped", "--input-size, --resize and --crop-pct"),
        ]
        for source in ["assumed", "habit"] {
            guard let doubt = doubts.first(where: { $0.keys.contains { sources[$0] == source } }) else { continue }
            let why = source == "assumed" ? "nothing says them, and they are assumed" : "nothing says them, and they are the family's default"
            let single = doubt.keys.count == 1 || doubt.keys[0] == "resize"
            return "Doubt first \(doubt.words): \(single ? why.replacing("them", with: "it").replacing("they are", with: "it is") : why). "
                + "\(doubt.options) \(doubt.options.contains(" ") ? "say" : "says") otherwise."
        }
        return nil
    }

    private static let names: [(key: String, name: String)] = [
        ("size", "size"), ("resize", "resizing"), ("interpolation", "interpolation"), ("channelOrder", "order of channels"),
        ("layout", "layout"), ("valueRange", "range of values"), ("mean", "mean"), ("standardDeviation", "standard deviation"),
    ]

    public static func words(ofSource source: String) -> String {
        switch source {
        case "told": "told"
        case "graph": "found in the graph"
        case "habit": "the family's default"
        case "assumed": "assumed"
        default: source
        }
    }

    private static func sides(_ size: [Int]) -> String { size.map(String.init).joined(separator: " x ") }

    /// Whole numbers without a point.
    private static func number(_ value: Float) -> String {
        value == value.rounded() && abs(value) < 1e6 ? String(Int(value)) : String(value)
    }
}
