import Run

/// All units of a layer, a column a quantity, with which a page of some of them sorts, filters and groups all: `units.js` beside it.
struct UnitScript: Encodable {
    /// The layer's folder in the site.
    let folder: String
    /// The names of the classes that `top` points to.
    private(set) var classes: [String] = []
    private var unit: [Int] = []
    /// The names of directions; nil where units have none.
    private var name: [String]?
    /// Places in `classes`, those with the highest means first, three at most.
    private var top: [[Int]] = []
    /// Shares of the images that excite each unit, and as the page prints them.
    private var active: [Double?] = []
    private var activeText: [String] = []
    private var selective: [Double?] = []
    private var selectiveText: [String?] = []
    private var largest: [Float?] = []
    /// The prototype's activation as a multiple of the largest real one.
    private var multiple: [Float?] = []
    /// Share of the line-up's pairs that another network answers rightly by the prototype; none where no network was asked.
    private var judged: [Float?]?
    private var judgedText: [String?]?
    /// How alike its references are; none where that was not looked at.
    private var clarity: [Float?]?
    /// 0 none, 1 the prototype, else the file of the real image.
    private var picture: [Picture] = []
    /// Width and height of all pictures, and whether they are enlarged.
    private(set) var size: [Int] = []

    /// A unit's picture on its card.
    enum Picture: Encodable {
        case none, prototype
        case image(String)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .none: try container.encode(0)
            case .prototype: try container.encode(1)
            case .image(let path): try container.encode(path)
            }
        }
    }

    private var places: [Int: Int] = [:]

    private enum CodingKeys: CodingKey {
        case folder, classes, unit, name, top, active, activeText, selective, selectiveText, largest, multiple, judged, judgedText, clarity, picture, size
    }

    /// - Parameter isJudged: whether another network answered line-ups.
    init(folder: String, size: [Int], isJudged: Bool = false, hasClarity: Bool = false) {
        self.folder = folder
        self.size = size
        if isJudged { (judged, judgedText) = ([], []) }
        if hasClarity { clarity = [] }
    }

    mutating func add(
        _ unit: LayerStatistics.Unit, name: String?, selectivity: Float?, multiple: Float?, judged: Float?, clarity: Float? = nil, picture: Picture,
        top: [Int], className: (Int) -> String
    ) {
        if let name { self.name = (self.name ?? []) + [PlainText.safe(name)] }
        self.unit.append(unit.unit)
        self.top.append(top.map { place(of: $0, className) })
        active.append(Self.rounded(unit.activeImages))
        activeText.append(Number.percent(unit.activeImages))
        selective.append(selectivity.flatMap(Self.rounded))
        selectiveText.append(selectivity.map { Number.short($0) })
        largest.append(unit.maximum.isFinite ? unit.maximum : nil)
        self.multiple.append(multiple.flatMap { $0.isFinite ? $0 : nil })
        self.judged?.append(judged)
        judgedText?.append(judged.map(Number.percent))
        self.clarity?.append(clarity)
        self.picture.append(picture)
    }

    private mutating func place(of index: Int, _ className: (Int) -> String) -> Int {
        if let known = places[index] { return known }
        places[index] = classes.count
        classes.append(PlainText.safe(className(index)))
        return classes.count - 1
    }

    /// To five digits, which tell any two units apart that a reader would; what is small stays as it is, and above zero.
    private static func rounded(_ share: Float) -> Double? {
        guard share.isFinite else { return nil }
        return abs(share) < 0.001 ? Double(share) : (Double(share) * 1e5).rounded() / 1e5
    }
}
