internal import Foundation

/// A filter for changing a picture's size: Pillow's, by its names.
public enum Resampling: String, Sendable, CaseIterable {
    /// The source pixel that the wanted one's centre lies in; nothing is mixed.
    case nearest
    /// A triangle, 1 - |x| for |x| < 1.
    case bilinear
    /// Keys's cubic with a = -1/2, for |x| < 2 (R. G. Keys, 1981, "Cubic convolution interpolation").
    case bicubic
    /// The mean over what a pixel covers.
    case box
    /// A sinc under Hamming's window, for |x| < 1.
    case hamming
    /// A sinc under the middle of a wider one, for |x| < 3 (C. E. Duchon, 1979, "Lanczos filtering in one and two dimensions").
    case lanczos

    /// How far the filter reaches on either side, in source pixels when enlarging.
    var reach: Double {
        switch self {
        case .nearest, .box: 0.5
        case .bilinear, .hamming: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    /// The filter's value `x` source pixels from its centre.
    func weight(at signed: Double) -> Double {
        let x = abs(signed)
        switch self {
        case .nearest, .box: return signed > -0.5 && signed <= 0.5 ? 1 : 0
        case .bilinear:
            return x < 1 ? 1 - x : 0
        case .bicubic:
            if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0
        case .hamming:
            if x == 0 { return 1 }
            return x < 1 ? sin(x * .pi) / (x * .pi) * (0.54 + 0.46 * cos(x * .pi)) : 0
        case .lanczos: return signed >= -3 && signed < 3 ? Self.sinc(signed) * Self.sinc(signed / 3) : 0
        }
    }

    private static func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
}

extension Picture {
    /// Returns the picture resampled to `width` x `height` pixels, antialiased: the same bytes as Pillow 13's
    /// `Image.resize((width, height), filter)`, one side after the other, each rounded to 8 bits, with weights of 22
    /// fractional bits (Pillow, `Resample.c`).
    public func resized(width: Int, height: Int, filter: Resampling) -> Picture {
        resized(width: width, height: height, filter: filter, columns: 0..<width, rows: 0..<height)
    }

    /// Returns the part in `columns` and `rows` of the picture resampled to `width` x `height`: the same bytes as resizing
    /// first and cutting out then, without computing what is cut away. The ranges must not be empty.
    func resized(width newWidth: Int, height newHeight: Int, filter: Resampling, columns: Range<Int>, rows: Range<Int>) -> Picture {
        precondition(newWidth > 0 && newHeight > 0, "a size of \(newWidth) x \(newHeight)")
        precondition(!columns.isEmpty && columns.lowerBound >= 0 && columns.upperBound <= newWidth, "columns \(columns) of \(newWidth)")
        precondition(!rows.isEmpty && rows.lowerBound >= 0 && rows.upperBound <= newHeight, "rows \(rows) of \(newHeight)")
        if newWidth == width, newHeight == height, columns.count == width, rows.count == height { return self }
        if filter == .nearest { return picked(width: newWidth, height: newHeight, columns: columns, rows: rows) }

        // Along an unchanged side the weights come out as exactly one and zero, so that no case need be made of it.
        let across = ResamplingWeights(from: width, to: newWidth, of: columns, filter: filter)
        let down = ResamplingWeights(from: height, to: newHeight, of: rows, filter: filter)
        // Pillow (since 13) begins with the columns when they lose more than twice as many pixels as the rows do. The order
        // shows, by a step or a few, where the first pass rounds and clamps.
        let lost = (across: width - newWidth, down: height - newHeight)
        if lost.down > 0, lost.down > 2 * lost.across {
            return blendingRows(by: down, columns: across.sources, firstRow: 0)
                .blendingColumns(by: across, rows: 0..<rows.count, firstColumn: across.sources.lowerBound)
        }
        return blendingColumns(by: across, rows: down.sources, firstColumn: 0)
            .blendingRows(by: down, columns: 0..<columns.count, firstRow: down.sources.lowerBound)
    }

    /// The nearest pixels (Pillow, `Geometry.c`, `ImagingScaleAffine`: the source position is stepped, in double precision).
    private func picked(width newWidth: Int, height newHeight: Int, columns: Range<Int>, rows: Range<Int>) -> Picture {
        func sources(_ wanted: Range<Int>, from count: Int, to newCount: Int) -> [Int] {
            let step = Double(count) / Double(newCount)
            var place = step * 0.5
            var result: [Int] = []
            for position in 0..<wanted.upperBound {
                if position >= wanted.lowerBound { result.append(min(Int(place), count - 1)) }
                place += step
            }
            return result
        }
        let across = sources(columns, from: width, to: newWidth), down = sources(rows, from: height, to: newHeight)
        var picked: [UInt8] = []
        picked.reserveCapacity(3 * across.count * down.count)
        for y in down {
            for x in across { picked += pixels[3 * (y * width + x)..<3 * (y * width + x) + 3] }
        }
        return Picture(width: across.count, height: down.count, pixels: picked)
    }

    /// Returns the columns that `weights` make of the picture's `rows`; the picture's first column is `firstColumn` to the weights.
    private func blendingColumns(by weights: ResamplingWeights, rows: Range<Int>, firstColumn: Int) -> Picture {
        let blended = [UInt8](unsafeUninitializedCapacity: 3 * weights.count * rows.count) { buffer, count in
            pixels.withUnsafeBufferPointer { source in
                guard let source = source.baseAddress, let target = buffer.baseAddress else { return }
                for (index, y) in rows.enumerated() {
                    weights.blendPixels(
                        of: source + 3 * (width * y), firstPixel: firstColumn, into: target + 3 * weights.count * index)
                }
            }
            count = buffer.count
        }
        return Picture(width: weights.count, height: rows.count, pixels: blended)
    }

    /// Returns the rows that `weights` make of the picture's `columns`; the picture's first row is `firstRow` to the weights.
    private func blendingRows(by weights: ResamplingWeights, columns: Range<Int>, firstRow: Int) -> Picture {
        let blended = [UInt8](unsafeUninitializedCapacity: 3 * columns.count * weights.count) { buffer, count in
            pixels.withUnsafeBufferPointer { source in
                guard let source = source.baseAddress, let target = buffer.baseAddress else { return }
                weights.blendRows(
                    of: source + 3 * columns.lowerBound, stride: 3 * width, firstRow: firstRow, byteCount: 3 * columns.count, into: target)
            }
            count = buffer.count
        }
        return Picture(width: columns.count, height: weights.count, pixels: blended)
    }
}
