/// How well labels tell where a layer's units are active (`layers/<key>/checks.json`), chosen on one half of the images and measured on the
/// other.
public struct LayerChecks: Document, Equatable {
    public static let formatVersion = 1

    /// As in `NetworkDescription.layers`.
    public var layer: String
    /// Images of either half.
    public var chosenOn: Int
    public var measuredOn: Int
    /// Draws of the bootstrap.
    public var draws: Int
    /// Labels that there were to choose from, by kind.
    public var tried: [Tried]
    /// By unit: those with a label.
    public var units: [Unit]

    public init(layer: String, chosenOn: Int, measuredOn: Int, draws: Int, tried: [Tried], units: [Unit]) {
        self.layer = layer
        self.chosenOn = chosenOn
        self.measuredOn = measuredOn
        self.draws = draws
        self.tried = tried
        self.units = units
    }

    /// What says of an image whether it bears the label.
    public enum Kind: String, Codable, Sendable {
        /// It is among those most like the word.
        case word
        /// Its class, or the folder it lies in.
        case imageClass = "class"
        /// A column of a table.
        case attribute
    }

    public struct Tried: Codable, Sendable, Equatable {
        public var kind: Kind
        public var count: Int

        public init(kind: Kind, count: Int) {
            self.kind = kind
            self.count = count
        }
    }

    public struct Unit: Codable, Sendable, Equatable {
        public var unit: Int
        /// At most one of each kind.
        public var checks: [Check]

        public init(unit: Int, checks: [Check]) {
            self.unit = unit
            self.checks = checks
        }
    }

    public struct Check: Codable, Sendable, Equatable {
        public var kind: Kind
        public var label: String
        /// On the half where it was chosen: how often an image with the label activates the unit more than one without.
        public var chosen: Float
        /// The same on the other half (area under the ROC curve), and its interval of 95 %.
        public var area: Float
        public var areaInterval: [Float]
        /// Mean activation of the images with the label less that of the others.
        public var difference: Float
        public var differenceInterval: [Float]
        /// Images of that half with the label and without.
        public var with: Int
        public var without: Int

        public init(
            kind: Kind, label: String, chosen: Float, area: Float, areaInterval: [Float], difference: Float, differenceInterval: [Float], with: Int,
            without: Int
        ) {
            self.kind = kind
            self.label = label
            self.chosen = chosen
            self.area = area
            self.areaInterval = areaInterval
            self.difference = difference
            self.differenceInterval = differenceInterval
            self.with = with
            self.without = without
        }
    }
}

extension LayerChecks {
    /// The same of other units.
    public init(_ other: LayerChecks, units: [Unit]) {
        self = other
        self.units = units
    }
}
