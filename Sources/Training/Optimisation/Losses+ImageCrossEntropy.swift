import Foundation

extension Losses {
    /// A loss of images and templates, and its gradients at both.
    struct ImageMatch {
        let loss: Double
        /// N x C, at the images' vectors.
        let imageGradient: [Float]
        /// K x C, at the templates.
        let templateGradient: [Float]
    }

    /// Cross-entropy with the labels of images, of the templates that their vectors m are most like; the mean over images of
    ///
    ///     -log sum of softmax(gain cos(m, w_k)) over the templates k of the image's class
    ///
    /// Cosines times a gain that is not learned keep the probabilities away from certainty however long training lasts, which is what
    /// helps where images are few (Barz and Denzler 2020, "Deep Learning on Small Datasets without Pre-Training using Cosine Loss").
    /// A vector of zeros is like nothing: its cosines are zero, and it gets no gradient.
    ///
    /// - Parameters:
    ///   - images: m, N x C.
    ///   - templates: w, K x C, `templatesPerClass` for each class, in their order.
    ///   - labels: the class of every image.
    static func imageCrossEntropy(
        _ images: [Float], templates: [Float], channels: Int, labels: [Int], templatesPerClass: Int, gain: Float
    ) -> ImageMatch {
        let (batch, count) = (images.count / channels, templates.count / channels)
        precondition(labels.count == batch, "\(labels.count) labels for \(batch) images")
        precondition(labels.allSatisfy { $0 >= 0 && ($0 + 1) * templatesPerClass <= count }, "a label is beyond the classes")
        let seen = Directions(images, channels: channels), known = Directions(templates, channels: channels)
        var imageGradient = [Float](repeating: 0, count: images.count)
        var templateGradient = [Float](repeating: 0, count: templates.count)
        var loss = 0.0
        for image in 0..<batch {
            let own = labels[image] * templatesPerClass..<(labels[image] + 1) * templatesPerClass
            let cosines = (0..<count).map { seen.cosine(image, known, $0) }
            let powers = cosines.map { exp(Double(gain * $0)) }
            let (all, ofClass) = (powers.reduce(0, +), powers[own].reduce(0, +))
            loss += log(all / ofClass)
            for template in 0..<count {
                // d loss / d cosine: softmax, less softmax among the templates of the class where it is one of them.
                let share = powers[template] / all - (own.contains(template) ? powers[template] / ofClass : 0)
                let slope = gain * Float(share / Double(batch))
                seen.add(slope, known, template, cosine: cosines[template], at: image, to: &imageGradient)
                known.add(slope, seen, image, cosine: cosines[template], at: template, to: &templateGradient)
            }
        }
        return ImageMatch(loss: loss / Double(batch), imageGradient: imageGradient, templateGradient: templateGradient)
    }
}

/// Rows of a matrix as vectors of unit length, and what their lengths were.
private struct Directions {
    private let units: [Float]
    private let reciprocals: [Float]
    private let channels: Int

    init(_ rows: [Float], channels: Int) {
        self.channels = channels
        let reciprocals = stride(from: 0, to: rows.count, by: channels).map { start in
            let length = rows[start..<start + channels].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            return length == 0 ? 0 : Float(1 / length)
        }
        units = rows.indices.map { rows[$0] * reciprocals[$0 / channels] }
        self.reciprocals = reciprocals
    }

    func cosine(_ row: Int, _ other: Directions, _ otherRow: Int) -> Float {
        var sum = 0.0
        for channel in 0..<channels { sum += Double(units[row * channels + channel]) * Double(other.units[otherRow * channels + channel]) }
        return Float(sum)
    }

    /// Adds `slope` times the gradient of the cosine with a row of `other` to `gradient`, at a row: `(v - cos u) / length`.
    func add(_ slope: Float, _ other: Directions, _ otherRow: Int, cosine: Float, at row: Int, to gradient: inout [Float]) {
        let scale = slope * reciprocals[row]
        for channel in 0..<channels {
            let place = row * channels + channel
            gradient[place] += scale * (other.units[otherRow * channels + channel] - cosine * units[place])
        }
    }
}
