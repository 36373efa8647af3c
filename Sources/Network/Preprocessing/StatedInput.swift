import Diagnostics

extension ImageNetwork.Input {
    /// The parts of the preprocessing that one source states; nil where it says nothing.
    public struct Stated: Sendable, Equatable {
        public let source: Source
        public var size: [Int]?
        public var resizing: Resizing?
        /// The input's side as a share of the side before the crop, timm's `crop_pct`; used where no `resizing` is stated.
        public var cropShare: Double?
        public var centring: Centring?
        public var interpolation: Interpolation?
        public var valueRange: [Float]?
        public var channelOrder: ChannelOrder?
        /// One number for all channels, or one for each.
        public var mean: [Float]?
        public var standardDeviation: [Float]?

        public init(_ source: Source) { self.source = source }

        /// True when nothing is stated.
        public var isEmpty: Bool { self == Stated(source) }
    }

    /// Takes over what `stated` says. A new size with nothing said about resizing keeps the crop's share of the resized picture; one that
    /// is not square takes whole pictures.
    /// - Throws: A usage `Problem` for numbers that are impossible, or as many means as the network has no channels.
    public mutating func take(_ stated: Stated) throws {
        let before = size
        if let size = stated.size { (self.size, sources[.size]) = (size, stated.source) }
        if let resizing = stated.resizing {
            (self.resizing, sources[.resize]) = (resizing, stated.source)
        } else if let share = stated.cropShare {
            (resizing, sources[.resize]) = (Self.resizing(share: share, size: size), stated.source)
        } else if size != before {
            follow(from: before)
        }
        if let centring = stated.centring { self.centring = centring }
        if let interpolation = stated.interpolation { (self.interpolation, sources[.interpolation]) = (interpolation, stated.source) }
        if let range = stated.valueRange { (valueRange, sources[.valueRange]) = (range, stated.source) }
        if let order = stated.channelOrder { (channelOrder, sources[.channelOrder]) = (order, stated.source) }
        func spread(_ values: [Float]) -> [Float] { values.count == 1 ? Array(repeating: values[0], count: channels) : values }
        if let mean = stated.mean.map(spread) {
            guard mean.count == channels else { throw misfit("means", mean.count) }
            (self.mean, sources[.mean]) = (mean, stated.source)
        }
        if let deviation = stated.standardDeviation.map(spread) {
            guard deviation.count == channels else { throw misfit("standard deviations", deviation.count) }
            (standardDeviation, sources[.standardDeviation]) = (deviation, stated.source)
        }
        try check()
    }

    private mutating func follow(from before: [Int]) {
        switch resizing {
        case .exact: break
        case _ where size[0] != size[1]: (resizing, sources[.resize]) = (.exact, .assumed)
        case .shorterSide(let side): resizing = .shorterSide(side * size[0] / max(1, before.min() ?? 1))
        case .stretched(let sides), .covering(let sides):
            let scaled = zip(zip(sides, size), before).map { $0.0 * $0.1 / max(1, $1) }
            if case .stretched = resizing { resizing = .stretched(scaled) } else { resizing = .covering(scaled) }
        }
    }

    /// How timm resizes for a crop that is `share` of the resized picture (`transforms_imagenet_eval`).
    static func resizing(share: Double, size: [Int]) -> Resizing {
        let sides = size.map { Int((Double($0) / share).rounded(.down)) }
        return sides[0] == sides[1] ? .shorterSide(sides[0]) : .covering(sides)
    }

    private func misfit(_ what: String, _ count: Int) -> Problem {
        Problem(
            "The preprocessing has \(count) \(what), and the network \(channels) channel\(channels == 1 ? "" : "s")",
            remedy: "Say one number for all channels, or one for each.", kind: .usage)
    }

    private static let largestSide = 1 << 14

    /// - Throws: A usage `Problem` when no picture can be made into such an input.
    func check() throws {
        func refuse(_ what: String, _ expected: String) -> Problem {
            Problem("The preprocessing has \(what)", explanation: "\(expected) expected.", kind: .usage)
        }
        var sides = size
        switch resizing {
        case .exact: break
        case .shorterSide(let side): sides.append(side)
        case .stretched(let more), .covering(let more): sides += more
        }
        for side in sides where !(1...Self.largestSide).contains(side) {
            throw refuse("a side of \(side) pixels", "1 to \(Self.largestSide) are")
        }
        guard mean.allSatisfy(\.isFinite) else { throw refuse("the mean \(mean)", "Finite numbers are") }
        guard standardDeviation.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw refuse("the standard deviation \(standardDeviation)", "Positive numbers are")
        }
        guard valueRange.count == 2, valueRange.allSatisfy(\.isFinite), valueRange[0] < valueRange[1] else {
            throw refuse("the range of values \(valueRange)", "Two numbers, the smaller one first, are")
        }
        let fits =
            switch channelOrder {
            case .grey: channels == 1
            case .rgb, .bgr: channels == 3
            case .other: true
            }
        guard fits else {
            throw refuse("the order of channels \(channelOrder.rawValue)", "One for \(channels) channel\(channels == 1 ? "" : "s") is")
        }
    }
}
