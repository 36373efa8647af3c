public import Tensors

/// A matrix of non-negative values as a product of two smaller ones of non-negative values: `X ≈ U W`, X of samples x features, U of
/// samples x components (coefficients), W of components x features (the basis).
///
/// Cyclic coordinate descent on half the squared Frobenius norm of the difference (Cichocki and Phan 2009, "Fast local algorithms for
/// large scale nonnegative matrix and tensor factorizations", in the form of scikit-learn's solver `cd`): each coefficient in turn is
/// moved to its optimum with all others held, never below zero. All in double precision, in a fixed order.
public struct NonNegativeFactorisation: Sendable {
    public let samples: Int
    public let features: Int
    public let components: Int
    /// Samples x components, row by row.
    public private(set) var coefficients: [Double]
    /// Features x components: the transposed basis.
    private var basis: [Double]
    /// Rounds made.
    public private(set) var iterations = 0

    /// A factorisation of `values` (samples x features, row by row, none negative) that begins at `coefficients` (samples x components)
    /// and `basis` (components x features), none negative, and makes at most `iterations` rounds. It stops before when the sum of
    /// projected gradients in a round has fallen to `tolerance` of that in the first.
    public init(
        _ values: [Float], features: Int, coefficients: [Double], basis: [Double], iterations: Int = 200, tolerance: Double = 1e-4
    ) {
        precondition(features > 0 && basis.count % features == 0 && values.count % features == 0, "whole rows")
        self.features = features
        samples = values.count / features
        components = basis.count / features
        precondition(coefficients.count == samples * components, "a coefficient of every component for every sample")
        self.coefficients = coefficients
        self.basis = Self.transposed(basis, rows: components, columns: features)
        descend(values, iterations, tolerance)
    }

    /// The same from a random beginning: absolute values from a normal distribution, scaled to the mean of `values`, as
    /// scikit-learn's `init="random"`.
    public init(
        _ values: [Float], features: Int, components: Int, random: RandomSource, iterations: Int = 200, tolerance: Double = 1e-4
    ) {
        var random = random
        let samples = values.count / max(1, features)
        let mean = values.reduce(0.0) { $0 + Double($1) } / Double(max(1, values.count))
        let scale = (mean / Double(max(1, components))).squareRoot()
        let basis = (0..<components * features).map { _ in scale * Double(abs(random.normal())) }
        let coefficients = (0..<samples * components).map { _ in scale * Double(abs(random.normal())) }
        self.init(values, features: features, coefficients: coefficients, basis: basis, iterations: iterations, tolerance: tolerance)
    }

    /// The basis vector of `component`, of `features` values.
    public func direction(_ component: Int) -> [Double] { (0..<features).map { basis[$0 * components + component] } }

    /// The Frobenius norm of the difference to `values`, divided by that of `values`; 0 where these are all zero.
    public func relativeError(_ values: [Float]) -> Double {
        var difference = 0.0, total = 0.0
        for sample in 0..<samples {
            for feature in 0..<features {
                var product = 0.0
                for k in 0..<components { product += coefficients[sample * components + k] * basis[feature * components + k] }
                let value = Double(values[sample * features + feature])
                difference += (value - product) * (value - product)
                total += value * value
            }
        }
        return total > 0 ? (difference / total).squareRoot() : 0
    }

    private mutating func descend(_ values: [Float], _ limit: Int, _ tolerance: Double) {
        guard components > 0, samples > 0 else { return }
        var first = 0.0
        for round in 0..<limit {
            var violation = Self.update(
                &coefficients, rows: samples, given: Self.gram(basis, rows: features, components),
                products: products(values, forSamples: true), components)
            violation += Self.update(
                &basis, rows: features, given: Self.gram(coefficients, rows: samples, components),
                products: products(values, forSamples: false), components)
            iterations = round + 1
            if round == 0 { first = violation }
            if first == 0 || violation / first <= tolerance { break }
        }
    }

    /// X W^T (samples x components) or X^T U (features x components). Feature maps behind a ReLU are mostly zeros, which are passed over.
    private func products(_ values: [Float], forSamples: Bool) -> [Double] {
        var result = [Double](repeating: 0, count: (forSamples ? samples : features) * components)
        let (factor, components, features) = (forSamples ? basis : coefficients, components, features)
        result.withUnsafeMutableBufferPointer { result in
            factor.withUnsafeBufferPointer { factor in
                values.withUnsafeBufferPointer { values in
                    for sample in 0..<samples {
                        for feature in 0..<features where values[sample * features + feature] != 0 {
                            let value = Double(values[sample * features + feature])
                            let (to, from) = forSamples ? (sample, feature) : (feature, sample)
                            for k in 0..<components { result[to * components + k] += value * factor[from * components + k] }
                        }
                    }
                }
            }
        }
        return result
    }

    /// F^T F of a factor with `rows` rows.
    private static func gram(_ factor: [Double], rows: Int, _ components: Int) -> [Double] {
        var result = [Double](repeating: 0, count: components * components)
        for row in 0..<rows {
            for a in 0..<components {
                let value = factor[row * components + a]
                for b in 0..<components { result[a * components + b] += value * factor[row * components + b] }
            }
        }
        return result
    }

    /// One round over all coefficients of a factor, component by component. Returns the sum of the projected gradients' magnitudes.
    private static func update(
        _ factor: inout [Double], rows: Int, given gram: [Double], products: [Double], _ components: Int
    ) -> Double {
        var violation = 0.0
        factor.withUnsafeMutableBufferPointer { factor in
            for component in 0..<components {
                let curvature = gram[component * components + component]
                for row in 0..<rows {
                    let place = row * components + component
                    var gradient = -products[place]
                    for k in 0..<components { gradient += gram[component * components + k] * factor[row * components + k] }
                    violation += abs(factor[place] == 0 ? min(0, gradient) : gradient)
                    if curvature != 0 { factor[place] = max(factor[place] - gradient / curvature, 0) }
                }
            }
        }
        return violation
    }

    private static func transposed(_ values: [Double], rows: Int, columns: Int) -> [Double] {
        var result = [Double](repeating: 0, count: values.count)
        for row in 0..<rows {
            for column in 0..<columns { result[column * rows + row] = values[row * columns + column] }
        }
        return result
    }
}
