import Foundation
import Tensors

/// What templates do at the positions of a batch's maps.
struct TemplateScan: Sendable {
    /// A template's largest value in an image.
    struct Peak: Sendable {
        var template: Int32
        /// `row * width + column`; the first of equals.
        var position: Int32
        var value: Float
    }

    /// At every position, image after image, the template with the largest value; of equals the one with the lower number.
    private(set) var best: [Int32]
    /// That value.
    private(set) var values: [Float]
    /// Of each image, the templates that are above zero somewhere, by number. Empty where they were not asked for.
    private(set) var peaks: [[Peak]] = []

    /// Looks at `images` maps of `shape` (templates x H x W), blocked.
    init(_ map: UnsafePointer<Float>, images: Int, shape: Shape, findsPeaks: Bool) {
        let (count, area, blocks) = (shape[0], shape[1] * shape[2], Layout.blocks(shape[0]))
        best = []
        values = []
        best.reserveCapacity(images * area)
        values.reserveCapacity(images * area)
        let lanes = UnsafeRawPointer(map).assumingMemoryBound(to: SIMD16<Float>.self)
        let lowest = SIMD16<Float>(repeating: -.infinity)
        var largest = [SIMD16<Float>](repeating: lowest, count: area)
        var block = [SIMD16<Int32>](repeating: .zero, count: area)
        for image in 0..<images {
            var found: [Peak] = []
            for position in 0..<area { largest[position] = lowest }
            for number in 0..<blocks {
                let base = lanes + (image * blocks + number) * area
                // Lanes past the last template are no templates.
                let used = min(Layout.block, count - number * Layout.block)
                var isTemplate = SIMDMask<SIMD16<Int32>>(repeating: false)
                for lane in 0..<used { isTemplate[lane] = true }
                var peak = lowest, place = SIMD16<Int32>.zero
                for position in 0..<area {
                    let value = lowest.replacing(with: base[position], where: isTemplate)
                    let isLarger = value .> largest[position]
                    largest[position].replace(with: value, where: isLarger)
                    block[position].replace(with: SIMD16(repeating: Int32(truncatingIfNeeded: number)), where: isLarger)
                    guard findsPeaks else { continue }
                    let isHigher = value .> peak
                    peak.replace(with: value, where: isHigher)
                    place.replace(with: SIMD16(repeating: Int32(truncatingIfNeeded: position)), where: isHigher)
                }
                guard findsPeaks else { continue }
                for lane in 0..<used where peak[lane] > 0 {
                    found.append(
                        Peak(template: Int32(truncatingIfNeeded: number * Layout.block + lane), position: place[lane], value: peak[lane]))
                }
            }
            for position in 0..<area {
                var template: Int32 = .max, value = -Float.infinity
                for lane in 0..<Layout.block {
                    let candidate = largest[position][lane]
                    let number = block[position][lane] * Int32(Layout.block) + Int32(truncatingIfNeeded: lane)
                    if candidate > value || (candidate == value && candidate > -.infinity && number < template) {
                        (template, value) = (number, candidate)
                    }
                }
                // Where nothing is a number there is no largest one.
                best.append(template == .max ? 0 : template)
                values.append(value)
            }
            if findsPeaks { peaks.append(found) }
        }
    }

    /// The softmax over all templates at the best one, at every position of one image of the maps that were looked at.
    func shares(_ map: UnsafePointer<Float>, image: Int, shape: Shape) -> [Float] {
        let (count, area) = (shape[0], shape[1] * shape[2])
        let base = map + image * Layout.blocked.count(batch: 1, shape)
        return (0..<area).map { position in
            let largest = Double(values[image * area + position])
            var sum = 0.0
            for template in 0..<count {
                let value = base[(template / Layout.block * area + position) * Layout.block + template % Layout.block]
                sum += exp(Double(value) - largest)
            }
            return Float(1 / max(sum, 1))
        }
    }
}
