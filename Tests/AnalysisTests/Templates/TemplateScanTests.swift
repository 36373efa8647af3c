import Foundation
import Tensors
import Testing

@testable import Analysis

struct TemplateScanTests {
    private static let shape: Shape = [19, 3, 2]
    private static let images = 3

    /// Row-major values, some equal, some images below zero throughout.
    private static func values() -> [Float] {
        var random = RandomSource(seed: 4, stream: "maps")
        return (0..<images * shape.count).map { place in
            let value = (random.normal() * 4).rounded() / 4
            return place / shape.count == 1 ? -abs(value) - 1 : value
        }
    }

    private static func scan<Result>(_ body: (TemplateScan, UnsafePointer<Float>, [Float]) throws -> Result) rethrows -> Result {
        let plain = values()
        var blocked = [Float](repeating: 0, count: Layout.blocked.count(batch: images, shape))
        plain.withUnsafeBufferPointer { source in
            blocked.withUnsafeMutableBufferPointer { target in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                Layout.blocked.pack(from, batch: images, shape, into: to)
            }
        }
        // Lanes need the alignment that a workspace has.
        let memory = UnsafeMutablePointer<SIMD16<Float>>.allocate(capacity: blocked.count / 16)
        defer { memory.deallocate() }
        return try memory.withMemoryRebound(to: Float.self, capacity: blocked.count) { floats in
            floats.update(from: blocked, count: blocked.count)
            return try body(TemplateScan(floats, images: images, shape: shape, findsPeaks: true), floats, plain)
        }
    }

    @Test func `the best template of a position, its value and the peaks of an image are those of a plain loop`() {
        Self.scan { scan, _, plain in
            let (count, area) = (Self.shape[0], Self.shape[1] * Self.shape[2])
            func value(_ image: Int, _ template: Int, _ position: Int) -> Float { plain[(image * count + template) * area + position] }
            for image in 0..<Self.images {
                for position in 0..<area {
                    var best = 0
                    for template in 1..<count where value(image, template, position) > value(image, best, position) { best = template }
                    #expect(scan.best[image * area + position] == Int32(best))
                    #expect(scan.values[image * area + position] == value(image, best, position))
                }
                let expected = (0..<count).compactMap { template -> [Float]? in
                    var place = 0
                    for position in 1..<area where value(image, template, position) > value(image, template, place) { place = position }
                    return value(image, template, place) > 0 ? [Float(template), Float(place), value(image, template, place)] : nil
                }
                #expect(scan.peaks[image].map { [Float($0.template), Float($0.position), $0.value] } == expected)
            }
            #expect(scan.peaks[1].isEmpty && !scan.peaks[0].isEmpty)
        }
    }

    @Test func `shares are a softmax`() {
        Self.scan { scan, map, plain in
            let (count, area) = (Self.shape[0], Self.shape[1] * Self.shape[2])
            for image in 0..<Self.images {
                for (position, share) in scan.shares(map, image: image, shape: Self.shape).enumerated() {
                    let powers = (0..<count).map { exp(Double(plain[(image * count + $0) * area + position])) }
                    #expect(abs(Double(share) - (powers.max() ?? 0) / powers.reduce(0, +)) < 1e-6)
                }
            }
        }
    }
}
