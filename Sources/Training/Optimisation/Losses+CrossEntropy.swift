import Foundation
import Tensors

extension Losses {
    /// The mean over all positions of `-log sum of softmax(s)[k]` over the templates k of the image's class: cross-entropy with
    /// the image's label at every position, of scores pooled by class as the logarithm of the sum of exponentials.
    ///
    /// With one template a class it is the usual softmax cross-entropy, averaged over the batch for logits. With several it
    /// supervises a block that matches templates at every position, background too; `imageCrossEntropy` does once an image.
    ///
    /// - Parameters:
    ///   - scores: blocked, of `extent`, which has `templatesPerClass` channels for each class: template k belongs to class
    ///     `k / templatesPerClass`.
    ///   - labels: the class of every image.
    public static func crossEntropy(
        _ scores: UnsafePointer<Float>, _ extent: MapExtent, labels: [Int], templatesPerClass: Int = 1, gradient: Gradient? = nil
    ) -> Double {
        precondition(labels.count == extent.batch, "\(labels.count) labels for \(extent.batch) images")
        precondition(
            labels.allSatisfy { $0 >= 0 && ($0 + 1) * templatesPerClass <= extent.channels }, "a label is beyond the classes")
        let (area, blocks, mask) = (extent.area, extent.blocks, extent.lastBlockMask)
        let loss = sum(over: extent, rows: 2) { image, scratch in
            let from = scores.lanes + image * extent.lanesPerImage
            let all = UnsafeMutableBufferPointer(rebasing: scratch[..<area])
            let own = UnsafeMutableBufferPointer(rebasing: scratch[area...])
            logSumExp(from, extent, into: all)
            let templates = labels[image] * templatesPerClass..<(labels[image] + 1) * templatesPerClass
            let plain = scores + image * extent.lanesPerImage * Layout.block
            func place(_ template: Int, _ position: Int) -> Int {
                (template / Layout.block * area + position) * Layout.block + template % Layout.block
            }
            var loss = 0.0
            for position in 0..<area {
                var largest = plain[place(templates.lowerBound, position)]
                for template in templates.dropFirst() where !(plain[place(template, position)] <= largest) {
                    largest = plain[place(template, position)]
                }
                own[position] = largest
                if templates.count > 1 {
                    var sum: Float = 0
                    for template in templates { sum += exp(plain[place(template, position)] - largest) }
                    own[position] += logarithm(sum)
                }
                loss += Double(all[position] - own[position])
            }
            // d loss / d s_k = softmax(s)_k, less softmax among the templates of the class where k is one of them.
            if let gradient {
                let weight = gradient.weight / Float(extent.positions)
                let target = gradient.address.lanes + image * extent.lanesPerImage
                for block in 0..<blocks {
                    let offset = block == blocks - 1 ? mask : Lane(repeating: 0)
                    for place in block * area..<(block + 1) * area {
                        let share = VectorExponential.exp(from[place] + offset - all[place - block * area]) * weight
                        target[place] = gradient.adds ? target[place] + share : share
                    }
                }
                let values = gradient.address + image * extent.lanesPerImage * Layout.block
                for template in templates {
                    for position in 0..<area {
                        let place = place(template, position)
                        values[place] -= weight * (templates.count > 1 ? exp(plain[place] - own[position]) : 1)
                    }
                }
            }
            return loss
        }
        return loss / Double(extent.positions)
    }

    /// The natural logarithm.
    static func logarithm(_ x: Float) -> Float { log(x) }
}
