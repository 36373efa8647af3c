import Tensors

/// The teacher's own scores for templates at every position of one of its layers: `-|f - c|^2` for centres c, less what is the same for
/// all of them (`|f|^2`). A softmax over them is letKD's soft assignment, the largest is the nearest centre.
///
/// With discriminant directions, f and c are in their space: `f = (x - mean) scalings`. Either way scores are affine in the teacher's
/// features, so that a 1 x 1 convolution computes them: weights `2 scalings c`, bias `-|c|^2 - 2 mean scalings c`.
public enum TeacherScores {
    /// Adds them to the teacher's graph, and returns their node.
    ///
    /// - Parameters:
    ///   - node: the layer that features are taken from.
    ///   - centres: count x m.
    ///   - projection: mean of D values and scalings, D x m; nil for the features themselves, m = D.
    ///   - pooling: so many positions squared are averaged into one beforehand.
    public static func add(
        to graph: inout Graph, behind node: Int, centres: [Float], count: Int, projection: (mean: [Float], scalings: [Float])?,
        pooling: Int, name: String
    ) -> Int {
        let size = centres.count / count
        let channels = projection?.mean.count ?? size
        var weights = Tensor(zeros: [count, channels, 1, 1]), bias = [Float](repeating: 0, count: count)
        for centre in 0..<count {
            let values = centres[centre * size..<(centre + 1) * size].map(Double.init)
            var offset = -values.reduce(0) { $0 + $1 * $1 }
            for channel in 0..<channels {
                let weight: Double
                if let projection {
                    weight = 2 * (0..<size).reduce(0.0) { $0 + Double(projection.scalings[channel * size + $1]) * values[$1] }
                    offset -= Double(projection.mean[channel]) * weight
                } else {
                    weight = 2 * values[channel]
                }
                weights.values[centre * channels + channel] = Float(weight)
            }
            bias[centre] = Float(offset)
        }
        var node = node
        if pooling > 1 {
            node = graph.add("\(name).pool", Pooling(.average(countsPadding: true), kernel: pooling, stride: pooling), node)
        }
        return graph.add(name, Convolution(weights: weights, bias: bias, padding: .symmetric(0)), node)
    }
}
