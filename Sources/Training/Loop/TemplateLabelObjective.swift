import Diagnostics
public import Network
import Tensors

/// Labels that teach the templates of a block once an image: its map, averaged over positions, is to be most like a template of its
/// class (`Losses.imageCrossEntropy`). Positions of the background need match nothing. The block's method is published without its
/// loss, so this one is ours.
public final class TemplateLabelObjective: Objective {
    public let weight: Float
    private let block: TemplateDescription
    private let templatesPerClass: Int
    /// What cosines are multiplied with: probabilities of ten classes' templates stay below e^8 to one.
    private let gain: Float = 4
    /// Of the last batch, K x C.
    private var templateGradient: [Float] = []

    /// - Parameter block: whose templates, `templatesPerClass` for each class, see single positions.
    public init(_ block: TemplateDescription, templatesPerClass: Int, weight: Float = 1) {
        self.block = block
        self.templatesPerClass = templatesPerClass
        self.weight = weight
    }

    public var name: String { block.name }
    public var layers: [String] { [block.layer] }
    private var tensor: String { "\(block.scores).weight" }

    public func loss(of step: TrainingStep) throws -> Double {
        let extent = try step.extent(of: block.layer), templates = try step.learnedTensor(tensor)
        guard templates.shape.count == templates.shape[0] * extent.channels else {
            throw Problem(
                "the templates behind \(block.layer) see \(templates.shape[2]) x \(templates.shape[3]) positions",
                explanation: "Images are matched by single positions.", remedy: "Add --template-labels positions.", kind: .usage)
        }
        let match = Losses.imageCrossEntropy(
            Self.means(try step.activation(of: block.layer), extent), templates: templates.values, channels: extent.channels,
            labels: step.batch.labels, templatesPerClass: templatesPerClass, gain: gain)
        Self.spread(match.imageGradient, extent, to: try step.gradient(at: block.layer, weight: weight))
        templateGradient = match.templateGradient
        return match.loss
    }

    public func addGradients(to learned: LearnedValues) {
        guard let item = learned.trained.first(where: { $0.name == tensor }) else { return }
        let gradients = learned.gradients + item.offset
        for (place, value) in templateGradient.enumerated() { gradients[place] += weight * value }
    }

    /// Maps averaged over positions: N x C.
    private static func means(_ map: UnsafePointer<Float>, _ extent: MapExtent) -> [Float] {
        var means = [Float](repeating: 0, count: extent.batch * extent.channels)
        for row in 0..<extent.batch * extent.blocks {
            var sum = Lane(repeating: 0)
            for position in 0..<extent.area { sum += map.lanes[row * extent.area + position] }
            sum /= Float(extent.area)
            let (image, first) = (row / extent.blocks, row % extent.blocks * Layout.block)
            for lane in 0..<min(Layout.block, extent.channels - first) { means[image * extent.channels + first + lane] = sum[lane] }
        }
        return means
    }

    /// Writes the gradient at the maps from that at their averages.
    private static func spread(_ slopes: [Float], _ extent: MapExtent, to gradient: Losses.Gradient) {
        let target = gradient.address.lanes
        for row in 0..<extent.batch * extent.blocks {
            var slope = Lane(repeating: 0)
            let (image, first) = (row / extent.blocks, row % extent.blocks * Layout.block)
            for lane in 0..<min(Layout.block, extent.channels - first) { slope[lane] = slopes[image * extent.channels + first + lane] }
            slope *= gradient.weight / Float(extent.area)
            for place in row * extent.area..<(row + 1) * extent.area { target[place] = gradient.adds ? target[place] + slope : slope }
        }
    }
}
