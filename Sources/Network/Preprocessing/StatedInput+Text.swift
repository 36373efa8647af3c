import Diagnostics

extension ImageNetwork.Input.Stated {
    /// What can be said of the preprocessing, by the names of options.
    public enum Key: String, Sendable, CaseIterable {
        case size = "input-size"
        case resize
        case cropShare = "crop-pct"
        case interpolation
        case valueRange = "value-range"
        case channelOrder = "channel-order"
        case mean
        case deviation = "std"
    }

    /// What `text` says as one line of `key=value` with spaces between: `mean=0.5,0.5,0.5 std=0.5 input-size=48x192`.
    /// - Throws: A usage `Problem` for keys that are not known and values that make no sense; `name` stands for the text.
    public init(_ source: ImageNetwork.Input.Source, text: String, name: String) throws {
        self.init(source)
        for part in text.split(whereSeparator: \.isWhitespace) {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2, let key = Key(rawValue: pair[0]) else {
                throw Problem(
                    "\(name) does not take “\(printable(String(part)))”",
                    explanation: "\(Key.allCases.map { $0.rawValue + "=…" }.joined(separator: " ")) are known, with spaces between.",
                    kind: .usage)
            }
            try set(key, pair[1], option: "\(name), \(key.rawValue),")
        }
    }

    /// Takes over one value as people write it.
    /// - Throws: A usage `Problem` that says what `option` takes.
    public mutating func set(_ key: Key, _ text: String, option: String) throws {
        func refuse(_ expected: String) -> Problem { Problem("\(option) takes \(expected), not “\(printable(text))”", kind: .usage) }
        switch key {
        case .size:
            guard let size = Self.sides(text), size.allSatisfy({ (1...4096).contains($0) }) else {
                throw refuse("a side such as 224, or height x width such as 48x192, of 1 to 4096 pixels")
            }
            self.size = size.count == 1 ? [size[0], size[0]] : size
        case .resize:
            if text == "whole" {
                resizing = .exact
                return
            }
            guard let sides = Self.sides(text), sides.allSatisfy({ (1...1 << 14).contains($0) }) else {
                throw refuse(
                    "the shorter side in pixels such as 256, height x width such as 256x256, or whole to bring whole images to the input's size")
            }
            resizing = sides.count == 1 ? .shorterSide(sides[0]) : .stretched(sides)
        case .cropShare:
            guard let share = Double(text), share > 0.01, share <= 1 else { throw refuse("a share of the resized image such as 0.875") }
            cropShare = share
        case .interpolation:
            guard let filter = ImageNetwork.Input.Interpolation(rawValue: text.lowercased()) else {
                throw refuse(ImageNetwork.Input.Interpolation.allCases.map(\.rawValue).joined(separator: ", "))
            }
            interpolation = filter
        case .valueRange:
            let parts = text.contains("..") ? text.split(separator: "..").map(String.init) : text.split(separator: ",").map(String.init)
            let numbers = parts.compactMap { Float($0) }
            guard parts.count == 2, numbers.count == 2, numbers.allSatisfy(\.isFinite), numbers[0] < numbers[1] else {
                throw refuse("what black and white become, such as 0,1 or 0,255 or -1,1")
            }
            valueRange = numbers
        case .channelOrder:
            switch text.lowercased() {
            case "rgb": channelOrder = .rgb
            case "bgr": channelOrder = .bgr
            case "grey", "gray": channelOrder = .grey
            default: throw refuse("RGB, BGR or grey")
            }
        case .mean:
            guard let numbers = Self.numbers(text) else { throw refuse("a number for each channel, such as 0.485,0.456,0.406, or one for all") }
            mean = numbers
        case .deviation:
            guard let numbers = Self.numbers(text), numbers.allSatisfy({ $0 > 0 }) else {
                throw refuse("a positive number for each channel, such as 0.229,0.224,0.225, or one for all")
            }
            standardDeviation = numbers
        }
    }

    /// `224`, `48x192`: one or two whole numbers.
    private static func sides(_ text: String) -> [Int]? {
        let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        return numbers.count == parts.count && (1...2).contains(numbers.count) ? numbers : nil
    }

    private static func numbers(_ text: String) -> [Float]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Float($0.filter { !$0.isWhitespace }) }
        return numbers.count == parts.count && !numbers.isEmpty && numbers.allSatisfy(\.isFinite) ? numbers : nil
    }
}

extension ImageNetwork.Input {
    /// All of it as `Stated` reads it, on one line.
    public var text: String {
        func list(_ values: [Float]) -> String { values.map { "\($0)" }.joined(separator: ",") }
        func sides(_ size: [Int]) -> String { size.map { "\($0)" }.joined(separator: "x") }
        var pairs: [(Stated.Key, String)] = [(.size, sides(size))]
        switch resizing {
        case .exact: pairs.append((.resize, "whole"))
        case .shorterSide(let side): pairs.append((.resize, "\(side)"))
        case .stretched(let size): pairs.append((.resize, sides(size)))
        // Only a share of the crop makes these.
        case .covering(let covered): pairs.append((.cropShare, "\(Double(size[0]) / Double(max(1, covered[0])))"))
        }
        pairs += [
            (.interpolation, interpolation.rawValue), (.valueRange, list(valueRange)), (.channelOrder, channelOrder.rawValue),
            (.mean, list(mean)), (.deviation, list(standardDeviation)),
        ]
        return pairs.filter { $0.0 != .channelOrder || channelOrder != .other }.map { "\($0.0.rawValue)=\($0.1)" }.joined(separator: " ")
    }
}
