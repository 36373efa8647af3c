/// Units or classes that a person chose for a figure, in the order in which they are written: `3`, `0-7`, or a name.
enum FigureSelection {
    /// Most that one figure shows.
    static let most = 400

    /// The parts of a text between commas; commas between quotes do not part, and the quotes fall away.
    static func parts(of text: String) -> [String] {
        var parts: [String] = [], part = "", quote: Character?
        for letter in text {
            if letter == quote {
                quote = nil
            } else if quote == nil, letter == "\"" || letter == "'", part.allSatisfy({ $0 == " " }) {
                (quote, part) = (letter, "")
            } else if letter == ",", quote == nil {
                parts.append(part)
                part = ""
            } else {
                part.append(letter)
            }
        }
        return (parts + [part]).map { $0.trimmingBlanks() }.filter { !$0.isEmpty }
    }

    /// The numbers below `count` that `parts` name, each once.
    ///
    /// - Parameters:
    ///   - noun: `unit` or `class`, for errors.
    ///   - named: the number of a name; nil where there is none.
    static func numbers(
        _ parts: [String], below count: Int, noun: String, key: FigureRequest.Key, of place: String, named: (String) -> Int? = { _ in nil }
    ) throws -> [Int] {
        var chosen: [Int] = [], seen = Set<Int>()
        for part in parts {
            let numbers: ClosedRange<Int>
            // A class may be called 7.
            if let number = named(part) {
                numbers = number...number
            } else if let range = range(part) {
                numbers = range
            } else {
                throw FigureFault(
                    key, "there is no \(noun) “\(PlainText.clipped(part))” in \(place)",
                    explanation: count > 0 ? "Its \(noun == "class" ? "classes" : "units") are 0 to \(count - 1)." : nil)
            }
            guard numbers.upperBound < count else {
                throw FigureFault(
                    key, "there is no \(noun) \(max(numbers.lowerBound, count)) in \(place)",
                    explanation: count > 0 ? "Its \(noun == "class" ? "classes" : "units") are 0 to \(count - 1)." : nil)
            }
            for number in numbers where seen.insert(number).inserted { chosen.append(number) }
            guard chosen.count <= most else { throw FigureFault(key, "a figure shows at most \(most) \(noun == "class" ? "classes" : "units")") }
        }
        guard !chosen.isEmpty else { throw FigureFault(key, "no \(noun) is named") }
        return chosen
    }

    private static func range(_ text: String) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        if ends.count == 1, let only = Int(ends[0]), only >= 0 { return only...only }
        guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0, first <= last else { return nil }
        return first...last
    }
}

extension String {
    fileprivate func trimmingBlanks() -> String {
        var text = self[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
