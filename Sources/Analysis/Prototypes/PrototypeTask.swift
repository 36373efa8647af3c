import Relevance
import Run

/// One prototype to be made: for what, matched to which images at which layers.
struct PrototypeTask: Sendable {
    struct Layer: Sendable, Hashable {
        var name: String
        var weight: Float
    }

    /// Features are masked by relevance that starts here (VITAL, section 3.2).
    struct Guidance: Sendable, Equatable {
        var layer: String
        var start: RelevanceStart
    }

    var target: Prototype.Target
    var layers: [Layer]
    var choice: ReferenceChoice
    /// Nil matches features as they are, as for classes.
    var guidance: Guidance?
    var prior = ImagePrior.none

    /// Names the task's random stream: results do not depend on which other tasks there are.
    var name: String { target.streamName }
}

extension Prototype.Target {
    /// Names the target among all of a network's, for random streams of its own.
    var streamName: String {
        switch self {
        case .unit(let layer, let unit): "\(layer)/\(unit)"
        case .classOutput(let index): "class/\(index)"
        case .concept(let layer, let index): "\(layer)/concept/\(index)"
        case .facet(let layer, let unit, let index): "\(layer)/\(unit)/facet/\(index)"
        }
    }
}
