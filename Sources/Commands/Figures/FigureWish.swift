import Diagnostics
import Site

/// What a person said of one figure, on the command line or in a list, before it is a request.
struct FigureWish {
    var kind: String?
    var run: String?
    var layer: String?
    var image: String?
    var units: [String]?
    var classes: [String]?
    var methods: [String]?
    var venue: String?
    var columns: Int?
    var width: Double?
    var textSize: Double?
    var name: String?
    var author: String?
    var font: String?
    var anonymous: Bool?

    /// - Throws: `FigureFault` for what makes no sense.
    func request() throws -> FigureRequest {
        let known = FigureRequest.Kind.allCases.map(\.rawValue)
        guard let kind else { throw FigureFault(.kind, "figure: what of?", explanation: "Known are \(known.joined(separator: ", ")).") }
        guard let chosen = FigureRequest.Kind(rawValue: kind) else {
            throw FigureFault(
                .kind, "there is no figure “\(kind.prefix(60))”", explanation: "Known are \(known.joined(separator: ", ")).",
                remedy: nearestNames(to: kind, among: known).first.map { "Did you mean \($0)?" })
        }
        guard let run else { throw FigureFault(.run, "--run is missing", explanation: "Figures are made from a run folder.") }
        let given: [(FigureRequest.Key, Bool)] = [
            (.layer, layer != nil), (.image, image != nil), (.units, units != nil), (.classes, classes != nil), (.methods, methods != nil),
        ]
        for (key, isGiven) in given where isGiven && !chosen.keys.contains(key) {
            let takers = FigureRequest.Kind.allCases.filter { $0.keys.contains(key) }.map(\.rawValue)
            throw FigureFault(key, "--\(key.rawValue) does not go with \(kind)", explanation: "It goes with \(takers.joined(separator: ", ")).")
        }
        let place = try self.place()
        if let textSize, !(textSize.isFinite && FigureRequest.textSizes.contains(textSize)) {
            throw FigureFault(.textSize, "--text-size takes 4 to 24 points")
        }
        let columns = columns ?? 1
        guard (1...2).contains(columns) else { throw FigureFault(.columns, "--columns is 1 or 2") }
        return FigureRequest(
            kind: chosen, run: run, layer: layer, image: image, units: units, classes: classes, methods: methods, width: try chosenWidth(place, columns),
            textSize: textSize ?? place?.label, spansColumns: columns == 2, isAnonymous: anonymous ?? false, name: name, author: author, font: font)
    }

    /// The venue; a column of CVPR where neither it nor a width is said.
    private func place() throws -> Venue? {
        guard let venue else { return width == nil ? .cvpr : nil }
        guard let known = Venue(rawValue: venue.lowercased()) else {
            throw FigureFault(
                .venue, "the venue “\(venue.prefix(60))” is not known", explanation: "Known are \(Venue.allCases.map(\.rawValue).joined(separator: ", ")).",
                remedy: "Give --width in inches.")
        }
        return known
    }

    /// In inches.
    private func chosenWidth(_ place: Venue?, _ columns: Int) throws -> Double {
        if let width {
            guard venue == nil else { throw FigureFault(.width, "--width and --venue both say how wide the figure is", remedy: "Leave one out.") }
            guard width.isFinite, FigureRequest.widths.contains(width) else { throw FigureFault(.width, "--width takes 1 to 20 inches") }
            return width
        }
        let place = place ?? .cvpr
        return columns == 1 ? place.column ?? place.page : place.page
    }

    /// The same with what `other` says where this says nothing; a width of its own goes before the venue of the other.
    func completed(by other: FigureWish) -> FigureWish {
        var wish = self
        if venue == nil, width == nil { (wish.venue, wish.width) = (other.venue, other.width) }
        wish.run = run ?? other.run
        wish.columns = columns ?? other.columns
        wish.textSize = textSize ?? other.textSize
        wish.author = author ?? other.author
        wish.font = font ?? other.font
        wish.anonymous = anonymous ?? other.anonymous
        return wish
    }
}
