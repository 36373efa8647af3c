import Tensors
import Run

/// A unit and the images among which its references are: its strongest ones by spatial maximum.
struct ReferenceCandidates: Sendable, Equatable {
    let layer: String
    let unit: Int
    /// How many references the unit is to have.
    let count: Int
    /// Strongest first, one an image.
    var references: [Reference]

    /// The candidates of `unit` in a sweep's `accumulator`; with what their strongest position sees as windows, if that is what
    /// `settings` ask for. `input` is C x H x W.
    init(unit: Int, in accumulator: LayerAccumulator, _ settings: ReferenceSettings, input: Shape) {
        layer = accumulator.layer
        self.unit = unit
        let field = accumulator.field
        let limit = settings.count(among: accumulator.images)
        let exemplars = accumulator.exemplars(of: unit, count: settings.candidates(for: limit), input: input)
        count = min(limit, exemplars.count)
        references = exemplars.map { exemplar in
            var window: [Int]?
            if settings.region == .receptiveField {
                let seen = field.shiftedWindow(at: exemplar.position, height: input[1], width: input[2])
                window = seen == [0, 0, input[1], input[2]] ? nil : seen
            }
            return Reference(image: exemplar.image, window: window, score: exemplar.activation)
        }
    }
}
