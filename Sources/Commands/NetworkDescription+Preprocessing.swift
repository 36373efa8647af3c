import Diagnostics
import Network
import Run

extension ImageNetwork.Input.Stated {
    /// What a run's document says of the preprocessing.
    /// - Throws: A `Problem` for what no version of this program writes.
    init(_ recorded: NetworkDescription.Preprocessing) throws {
        func unknown(_ what: String) -> Problem { Problem("The run’s preprocessing is not understood: \(what)") }
        self.init(.told)
        guard recorded.crop.count == 2 else { throw unknown("the crop \(recorded.crop)") }
        size = recorded.crop
        resizing = recorded.resize.map { .shorterSide($0) } ?? recorded.stretch.map { .stretched($0) } ?? recorded.cover.map { .covering($0) } ?? .exact
        for sides in [recorded.stretch, recorded.cover] where sides.map({ $0.count != 2 }) ?? false { throw unknown("sides") }
        guard let filter = ImageNetwork.Input.Interpolation(rawValue: recorded.interpolation) else { throw unknown(recorded.interpolation) }
        interpolation = filter
        centring = recorded.centring == "down" ? .down : .rounded
        valueRange = recorded.valueRange ?? [0, 1]
        guard let order = ImageNetwork.Input.ChannelOrder(rawValue: recorded.channelOrder ?? "RGB") else {
            throw unknown("the channels \(recorded.channelOrder ?? "")")
        }
        channelOrder = order
        mean = recorded.mean
        standardDeviation = recorded.standardDeviation
    }
}

extension NetworkDescription.Preprocessing {
    /// Whether images are prepared alike, wherever that is known from.
    func isSame(as other: Self) -> Bool {
        var (one, other) = (self, other)
        (one.sources, other.sources) = (nil, nil)
        return one == other
    }
}
