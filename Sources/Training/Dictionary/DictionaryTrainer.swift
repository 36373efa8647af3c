public import Diagnostics
import Tensors

/// Trains a TopK sparse autoencoder on the rows of a source (Gao et al., "Scaling and evaluating sparse autoencoders", 2024): of every row the
/// k latents with the largest positive score are kept, and what the decoder makes of them is to be the row again.
///
/// A random sample of rows stays in memory; the rest goes by. Rows are scaled to a mean squared length of 1, which is undone in the end.
/// Latents that were active nowhere in an epoch begin anew at rows that are explained worst (Bricken et al., "Towards Monosemanticity", 2023).
/// Every sum has an order of its own, so that the same rows and seed give the same bytes whatever the number of threads.
public final class DictionaryTrainer {
    private let settings: DictionarySettings
    private let channels: Int
    private let latents: Int
    private var random: RandomSource
    /// Encoder and decoder (latents x channels each), then the encoder's bias, then the shift; their gradients lie likewise.
    private let values: AlignedBuffer
    private let gradients: AlignedBuffer
    private let adam: AdamDescent
    // Of a batch.
    private let centred: AlignedBuffer
    private let scores: AlignedBuffer
    private let kept: AlignedBuffer
    private let scratch: AlignedBuffer
    private let selection: ChannelSelection
    private var active: [[Int]]
    private var residuals: [Float]
    private var errors: [Double]

    /// - Throws: a `Problem` where the settings make no sense for rows of `channels`.
    public init(channels: Int, settings: DictionarySettings) throws {
        try settings.check(channels: channels)
        self.settings = settings
        self.channels = channels
        latents = settings.latents
        random = RandomSource(seed: settings.seed, stream: "dictionary")
        let total = 2 * latents * channels + latents + channels
        func floats(_ count: Int) throws -> AlignedBuffer { try AlignedBuffer(bytes: (count + 15) / 16 * 64) }
        values = try floats(total)
        gradients = try floats(total)
        adam = try AdamDescent(count: total)
        let batch = settings.batch
        centred = try floats(batch * channels)
        scores = try floats(batch * latents)
        kept = try floats(batch * latents)
        selection = ChannelSelection(outer: batch, channels: latents, inner: 1)
        scratch = try AlignedBuffer(bytes: selection.scratchBytes)
        active = Array(repeating: [], count: batch)
        residuals = Array(repeating: 0, count: batch * channels)
        errors = Array(repeating: 0, count: batch)
    }

    private var encoder: UnsafeMutablePointer<Float> { values.floats() }
    private var decoder: UnsafeMutablePointer<Float> { encoder + latents * channels }
    private var bias: UnsafeMutablePointer<Float> { decoder + latents * channels }
    private var shift: UnsafeMutablePointer<Float> { bias + latents }

    /// The dictionary of the rows of `source`.
    ///
    /// - Throws: a `Problem` when rows are not numbers, or all the same.
    public func train(on source: some FeatureSource, progress: any ProgressReport) throws -> TrainedDictionary {
        let rows = try ScaledRows(
            of: source, channels: channels, atLeast: settings.batch, megabytes: settings.sampleMegabytes, seed: settings.seed)
        for channel in 0..<channels { shift[channel] = rows.mean[channel] }
        begin()
        let count = rows.count, steps = max(1, count / settings.batch), total = steps * settings.epochs
        var order = Array(0..<count), found = (explained: Float(0), dead: 0)
        progress.begin("Training a dictionary", total: total, done: 0)
        defer { progress.end() }
        for epoch in 0..<settings.epochs {
            order.shuffle(using: &random)
            var uses = [Int](repeating: 0, count: latents), error = 0.0
            var worst: [(error: Double, row: Int)] = []
            for step in 0..<steps {
                let batch = Array(order[step * settings.batch..<min(count, (step + 1) * settings.batch)])
                try look(at: batch, of: rows)
                learn(from: batch.count, rate: rate(at: epoch * steps + step, of: total))
                for (place, row) in batch.enumerated() {
                    error += errors[place]
                    for latent in active[place] { uses[latent] += 1 }
                    worst.append((errors[place], row))
                }
                progress.update(epoch * steps + step + 1)
            }
            let dead = uses.indices.filter { uses[$0] == 0 }
            found = (Float(1 - error / (Double(worst.count) * rows.variance)), dead.count)
            // The last two have their time to settle.
            if epoch < settings.epochs - 2, !dead.isEmpty { try restart(dead, at: worst, of: rows) }
        }
        return dictionary(found, of: rows)
    }

    /// The rate rises over a twentieth of the steps and falls to zero over the last third.
    private func rate(at step: Int, of total: Int) -> Float {
        let rise = min(1, Float(step + 1) / max(1, Float(total) / 20)), fall = min(1, Float(total - step) / max(1, Float(total) / 3))
        return settings.learningRate * min(rise, fall)
    }

    // MARK: The beginning

    /// Random directions of length 1; the encoder begins as the decoder's transpose.
    private func begin() {
        for latent in 0..<latents {
            let own = decoder + latent * channels
            for channel in 0..<channels { own[channel] = random.normal() }
            Self.normalise(own, channels)
            (encoder + latent * channels).update(from: own, count: channels)
        }
    }

    private static func normalise(_ vector: UnsafeMutablePointer<Float>, _ count: Int) {
        let squares = (0..<count).reduce(Float(0)) { $0 + vector[$1] * vector[$1] }
        guard squares > 0 else { return }
        let factor = 1 / squares.squareRoot()
        for place in 0..<count { vector[place] *= factor }
    }

    // MARK: A step

    /// Latents, residuals and errors of the rows `batch`.
    private func look(at batch: [Int], of rows: ScaledRows) throws {
        let (channels, latents, block) = (channels, latents, 64)
        let (x, scores, kept, shift, bias, decoder) = (centred.floats(), scores.floats(), kept.floats(), shift, bias, decoder)
        let failure = FirstFailure()
        rows.values.withUnsafeBufferPointer { rows in
            for (place, row) in batch.enumerated() {
                for channel in 0..<channels { x[place * channels + channel] = rows[row * channels + channel] - shift[channel] }
            }
        }
        Parallel.forEach((batch.count + block - 1) / block) { _, number in
            let first = number * block, rows = min(block, batch.count - first)
            failure.catching {
                try matrixProduct(
                    rows: rows, columns: latents, inner: channels, left: x + first * channels, leftStride: channels, right: encoder,
                    rightStride: channels, transposed: true, result: scores + first * latents, resultStride: latents)
            }
            for row in first..<first + rows { for latent in 0..<latents { scores[row * latents + latent] += bias[latent] } }
        }
        try failure.rethrow()
        selection.keepLargest(settings.active, of: scores, into: kept, scratch: scratch.floats())
        active.withUnsafeMutableBufferPointer { active in
            residuals.withUnsafeMutableBufferPointer { residuals in
                errors.withUnsafeMutableBufferPointer { errors in
                    Parallel.ranges(batch.count, minimum: 16) { range in
                        for row in range {
                            let z = kept + row * latents
                            active[row].removeAll(keepingCapacity: true)
                            for latent in 0..<latents where z[latent] > 0 { active[row].append(latent) }
                            // What is made of the latents, less the row; both without the shift.
                            for channel in 0..<channels { residuals[row * channels + channel] = -x[row * channels + channel] }
                            for latent in active[row] {
                                for channel in 0..<channels { residuals[row * channels + channel] += z[latent] * decoder[latent * channels + channel] }
                            }
                            var error = 0.0
                            for channel in 0..<channels { error += Double(residuals[row * channels + channel] * residuals[row * channels + channel]) }
                            errors[row] = error
                        }
                    }
                }
            }
        }
    }

    /// One step of Adam down the mean squared error of the batch just looked at.
    private func learn(from count: Int, rate: Float) {
        let (channels, latents) = (channels, latents)
        let total = 2 * latents * channels + latents + channels
        let slopes = gradients.floats()
        slopes.update(repeating: 0, count: total)
        let (ofEncoder, ofDecoder) = (slopes, slopes + latents * channels)
        let (ofBias, ofShift) = (slopes + 2 * latents * channels, slopes + 2 * latents * channels + latents)
        let (x, z, encoder, decoder) = (centred.floats(), kept.floats(), encoder, decoder)
        let factor = 2 / Float(count)
        residuals.withUnsafeBufferPointer { residuals in
            // What comes back to the latents, in place of their scores.
            let back = scores.floats()
            Parallel.ranges(count, minimum: 16) { range in
                for row in range {
                    for latent in active[row] {
                        var product: Float = 0
                        for channel in 0..<channels { product += residuals[row * channels + channel] * decoder[latent * channels + channel] }
                        back[row * latents + latent] = factor * product
                    }
                }
            }
            // Each thread has some of the channels, and goes through the rows in order.
            Parallel.ranges(channels, minimum: 16) { range in
                for row in 0..<count {
                    for channel in range { ofShift[channel] += factor * residuals[row * channels + channel] }
                    for latent in active[row] {
                        let (value, slope) = (factor * z[row * latents + latent], back[row * latents + latent])
                        for channel in range {
                            let place = latent * channels + channel
                            ofDecoder[place] += value * residuals[row * channels + channel]
                            ofEncoder[place] += slope * x[row * channels + channel]
                            ofShift[channel] -= slope * encoder[place]
                        }
                    }
                }
            }
            for row in 0..<count { for latent in active[row] { ofBias[latent] += back[row * latents + latent] } }
        }
        // A decoder's atom keeps its length: the part along it is of no use.
        Parallel.ranges(latents, minimum: 16) { range in
            for latent in range {
                let (own, slope) = (decoder + latent * channels, ofDecoder + latent * channels)
                var along: Float = 0
                for channel in 0..<channels { along += own[channel] * slope[channel] }
                for channel in 0..<channels { slope[channel] -= along * own[channel] }
            }
        }
        adam.step(values.floats(), gradients: slopes, rate: rate)
        Parallel.ranges(latents, minimum: 16) { range in
            for latent in range { Self.normalise(decoder + latent * channels, channels) }
        }
    }

    // MARK: Dead latents

    /// Lets the latents `dead` begin anew in the direction of what is missing of rows that are explained worst.
    private func restart(_ dead: [Int], at worst: [(error: Double, row: Int)], of rows: ScaledRows) throws {
        let alive = Set(0..<latents).subtracting(dead)
        var length = 0.0
        for latent in alive.sorted() {
            length += (0..<channels).reduce(0.0) { $0 + Double(encoder[latent * channels + $1] * encoder[latent * channels + $1]) }.squareRoot()
        }
        let usual = alive.isEmpty ? 1 : Float(length / Double(alive.count))
        let candidates = worst.sorted { ($1.error, $0.row) < ($0.error, $1.row) }.prefix(max(dead.count, worst.count / 20)).map(\.row)
        var chosen = candidates
        chosen.shuffle(using: &random)
        for begin in stride(from: 0, to: min(dead.count, chosen.count), by: settings.batch) {
            let batch = Array(chosen[begin..<min(begin + settings.batch, dead.count, chosen.count)])
            try look(at: batch, of: rows)
            for place in batch.indices {
                let latent = dead[begin + place], own = decoder + latent * channels
                for channel in 0..<channels { own[channel] = -residuals[place * channels + channel] }
                Self.normalise(own, channels)
                for channel in 0..<channels { encoder[latent * channels + channel] = usual * own[channel] }
                bias[latent] = 0
                adam.forget(latent * channels..<(latent + 1) * channels)
                adam.forget((latents + latent) * channels..<(latents + latent + 1) * channels)
                adam.forget(2 * latents * channels + latent..<2 * latents * channels + latent + 1)
            }
        }
    }

    // MARK: The result

    /// With latents counted in what the layer's own values are counted in.
    private func dictionary(_ found: (explained: Float, dead: Int), of rows: ScaledRows) -> TrainedDictionary {
        let scale = rows.scale
        func array(_ pointer: UnsafeMutablePointer<Float>, _ count: Int) -> [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
        return TrainedDictionary(
            encoder: Tensor(shape: [latents, channels], values: array(encoder, latents * channels)),
            bias: array(bias, latents).map { $0 * scale }, decoder: Tensor(shape: [latents, channels], values: array(decoder, latents * channels)),
            shift: array(shift, channels).map { $0 * scale }, explainedVariance: found.explained, dead: found.dead, rows: rows.count)
    }
}
