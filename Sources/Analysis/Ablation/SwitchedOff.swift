/// Something that can be switched off: units of layers, directions among the channels of layers, or both.
public struct SwitchedOff: Sendable, Equatable {
    public enum What: Sendable, Equatable {
        case units([Int])
        /// Of length 1, one value a channel: what an activation has along it is set to a level, and what it has across stays.
        case direction([Float])
    }

    public struct Part: Sendable, Equatable {
        public var layer: String
        public var what: What

        public init(_ layer: String, _ what: What) {
            self.layer = layer
            self.what = what
        }
    }

    /// In the order of execution.
    public var parts: [Part]

    public init(_ parts: [Part]) { self.parts = parts }

    static func units(_ units: [Int], of layer: String) -> SwitchedOff { SwitchedOff([Part(layer, .units(units))]) }

    /// The layers of the parts, in order, each once.
    var layers: [String] {
        var layers: [String] = []
        for part in parts where !layers.contains(part.layer) { layers.append(part.layer) }
        return layers
    }
}
