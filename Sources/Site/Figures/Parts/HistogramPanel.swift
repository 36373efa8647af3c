import Glibc
import Run

/// A unit's histogram as a part of a figure: images over their strongest activation, both logarithmic, and where the prototype lies.
struct HistogramPanel {
    let histogram: Histogram
    /// The unit's activation on its prototype; nil for none.
    let mark: Float?

    static let bar = Scene.Paint.colour(Colour(0x3F6FA8))
    static let zero = Scene.Paint.colour(Colour(0xA0A0A0))
    static let marked = Scene.Paint.colour(Colour(0xB3370E))

    func scene(width: Double, height: Double, text: Double, type: Typesetter) -> Scene {
        let model = HistogramBars(histogram, mark: mark)
        var powers: [(count: Int, label: String)] = []
        var power = 1
        while power <= max(model.largest, 1), power < 1_000_000_000_000 {
            powers.append((power, Number.grouped(power)))
            power *= 10
        }
        let left = (powers.map { type.width($0.label, size: text) }.max() ?? 0) + 4
        let top = text * 1.45, right = width - 1, bottom = height - text * 2.6
        var scene = Scene(width: width, height: height)
        guard right > left, bottom > top else { return scene }
        // Half a decade of room below 1 makes a single image visible.
        let decades = max(1, ceil(log10(Double(max(model.largest, 1))))) + 0.5
        func rise(_ count: Int) -> Double { count <= 0 ? 0 : (log10(Double(count)) + 0.5) / decades * (bottom - top) }
        var free = Double.infinity
        for (count, label) in powers {
            let y = bottom - rise(count)
            scene.line(left, y, right, y, .rule, thickness: 0.35)
            guard free - y >= text * 1.1 else { continue }
            free = y
            scene.text(label, left - 2.5, y + text * 0.35, size: text, .end)
        }
        let step = (right - left) / Double(max(model.bars.count, 8))
        let gap = step > 3 ? 0.5 : 0
        func boxes(_ isShown: (Int) -> Bool) -> [Scene.Box] {
            model.bars.enumerated().filter { isShown($0.offset) && $0.element.count > 0 }.map { place, bar in
                .init(x: left + Double(place) * step + gap / 2, y: bottom - rise(bar.count), width: step - gap, height: rise(bar.count))
            }
        }
        scene.add(.boxes(boxes { $0 != model.zero }, Self.bar))
        scene.add(.boxes(boxes { $0 == model.zero }, Self.zero))
        scene.line(left, bottom, right, bottom, .ink, thickness: 0.6)
        var taken: [ClosedRange<Double>] = []
        for tick in model.ticks {
            let x = left + tick.place * step, half = type.width(tick.label, size: text) / 2
            let at = min(max(x, half), width - half)
            let room = (at - half - 2)...(at + half + 2)
            guard !taken.contains(where: { $0.overlaps(room) }) else { continue }
            taken.append(room)
            scene.line(x, bottom, x, bottom + 2, .ink, thickness: 0.6)
            scene.text(tick.label, at, bottom + text + 2, size: text)
        }
        let names = ["strongest activation in an image", "strongest activation", "activation"]
        let xName = names.first { type.width($0, size: text) <= width } ?? type.clipped("activation", to: width, size: text)
        let xHalf = type.width(xName, size: text) / 2
        scene.text(xName, max((left + right) / 2, xHalf).clamped(to: xHalf...max(xHalf, width - xHalf)), bottom + text * 2.25 + 1, size: text, .middle, .soft)
        scene.text("images", 0, text * 0.8, size: text, .start, .soft)
        if let mark, let place = model.mark {
            let x = left + place * step
            scene.line(x, top - text * 0.3, x, bottom, Self.marked, thickness: 0.9)
            let words = type.clipped("prototype \(Number.short(mark))", to: width, size: text), length = type.width(words, size: text)
            // To the left of the line, where there is room beside the axis's name.
            let start = min(max(x - length / 2, type.width("images", size: text) + text), width - length)
            scene.text(words, start, text * 0.8, size: text, .start, Self.marked)
        }
        return scene
    }

    /// The bins that are not empty, as comma-separated values.
    static func numbers(_ histogram: Histogram) -> String {
        let model = HistogramBars(histogram, mark: nil)
        var lines = ["from,to,images"]
        for (k, count) in histogram.negative.sorted(by: { $0.key > $1.key }) {
            lines.append("\(Number.exact(-exp2(Float(k + 1) / 4))),\(Number.exact(-exp2(Float(k) / 4))),\(count)")
        }
        if model.bars[model.zero].count > 0 { lines.append("0,0,\(histogram.zero)") }
        for (k, count) in histogram.positive.sorted(by: { $0.key < $1.key }) {
            lines.append("\(Number.exact(exp2(Float(k) / 4))),\(Number.exact(exp2(Float(k + 1) / 4))),\(count)")
        }
        return PlainText.csvFile(lines)
    }

    /// What captions say of it.
    var words: String {
        "both axes logarithmic, bins of a quarter octave" + (histogram.zero > 0 ? ", grey: exactly 0" : "")
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double { Swift.min(Swift.max(self, range.lowerBound), range.upperBound) }
}
