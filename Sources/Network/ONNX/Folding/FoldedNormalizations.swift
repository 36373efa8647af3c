import Diagnostics

extension ONNXOperators {
    /// Standardised weights: exporters write them as a batch normalisation of weights, by the weights' own statistics.
    static let foldedNormalizations: [String: Folding] = [
        "BatchNormalization": { call in
            let value = try call.constant(0)
            let numbers = try (1...4).map { try call.constant($0) }
            guard value.kind == .float, value.rank >= 2, numbers.allSatisfy({ $0.kind == .float && $0.count == value.dimensions[1] })
            else { throw Problem("normalises constants of shape \(value.dimensions) with others of \(numbers.map(\.dimensions))") }
            let channels = value.dimensions[1], inner = value.dimensions[2...].reduce(1, *)
            func channel(_ place: Int) -> Int { place / inner % channels }
            var means = numbers[2].floats.map(Double.init), variances = numbers[3].floats.map(Double.init)
            if try call.integer("training_mode", 0) != 0, value.count > 0 {
                let each = Double(value.count / channels)
                means = Array(repeating: 0, count: channels)
                variances = means
                for (place, number) in value.floats.enumerated() { means[channel(place)] += Double(number) / each }
                for (place, number) in value.floats.enumerated() {
                    let distance = Double(number) - means[channel(place)]
                    variances[channel(place)] += distance * distance / each
                }
            }
            let epsilon = Double(try call.float("epsilon", 1e-5))
            let scales = (0..<channels).map { Double(numbers[0].floats[$0]) / (variances[$0] + epsilon).squareRoot() }
            let results = value.floats.enumerated().map { place, number in
                let channel = channel(place)
                return Float((Double(number) - means[channel]) * scales[channel] + Double(numbers[1].floats[channel]))
            }
            return [ConstantTensor(dimensions: value.dimensions, floats: results)]
        }
    ]
}
