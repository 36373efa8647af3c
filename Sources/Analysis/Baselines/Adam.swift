import Foundation

/// Adam (Kingma and Ba 2015), or with `decay` NAdam (Dozat 2016): one run over one set of values.
struct Adam {
    var beta1: Float = 0.9
    var beta2: Float = 0.999
    var epsilon: Float = 1e-8
    /// NAdam's momentum decay, 0.004 as Dozat has it; nil for Adam.
    var decay: Double?
    private var first: [Float]
    private var second: [Float]
    private var step = 0
    /// The product of NAdam's momenta so far.
    private var momenta = 1.0

    init(count: Int, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, decay: Double? = nil) {
        (self.beta1, self.beta2, self.epsilon, self.decay) = (beta1, beta2, epsilon, decay)
        first = Array(repeating: 0, count: count)
        second = first
    }

    /// Moves `values` against `gradient`.
    mutating func descend(_ values: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, rate: Float) {
        step += 1
        let (beta1, beta2, epsilon) = (beta1, beta2, epsilon)
        let correction = Float(1 - pow(Double(beta2), Double(step)))
        // The step is `ofGradient * g + ofMean * m`, over the root of the corrected second moment.
        var ofGradient: Float = 0, ofMean = rate / Float(1 - pow(Double(beta1), Double(step)))
        if let decay {
            func momentum(_ step: Int) -> Double { Double(beta1) * (1 - 0.5 * pow(0.96, Double(step) * decay)) }
            let (now, next) = (momentum(step), momentum(step + 1))
            momenta *= now
            ofGradient = rate * Float((1 - now) / (1 - momenta))
            ofMean = rate * Float(next / (1 - momenta * next))
        }
        let count = first.count
        first.withUnsafeMutableBufferPointer { first in
            second.withUnsafeMutableBufferPointer { second in
                for i in 0..<count {
                    let slope = gradient[i]
                    let mean = beta1 * first[i] + (1 - beta1) * slope
                    let square = beta2 * second[i] + (1 - beta2) * slope * slope
                    first[i] = mean
                    second[i] = square
                    values[i] -= (ofGradient * slope + ofMean * mean) / ((square / correction).squareRoot() + epsilon)
                }
            }
        }
    }
}
