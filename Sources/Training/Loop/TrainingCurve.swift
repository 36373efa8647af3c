import Foundation

/// Losses and accuracies over the epochs, as a picture that stands by itself.
struct TrainingCurve {
    let log: TrainingLog

    private static let (width, left, right, height) = (640.0, 56.0, 130.0, 200.0)
    private static let colours = ["#1b6ca8", "#c8553d", "#3d8f5f", "#8a5ba6", "#a07d1c"]

    /// The document.
    var svg: String {
        var body = ""
        let losses = [("loss", log.rows.map { Optional($0.loss) })]
            + (log.objectives.count > 1 ? log.objectives.enumerated().map { place, name in
                (name.replacingOccurrences(of: "_", with: " "), log.rows.map { Optional($0.losses[place]) })
            } : [])
        let largest = log.rows.flatMap { [$0.loss] + $0.losses }.filter(\.isFinite).max() ?? 1
        panel(losses, title: "loss", step: Self.step(upTo: largest), largest: largest, top: 30, into: &body)
        let accuracies = [
            ("training", log.rows.map { Optional($0.trainAccuracy * 100) }),
            ("validation", log.rows.map { $0.validationAccuracy.map { $0 * 100 } }),
        ]
        let agreement = log.hasAgreement ? [("agreement", log.rows.map { $0.agreement.map { $0.share * 100 } })] : []
        panel(
            accuracies + agreement, title: agreement.isEmpty ? "accuracy, %" : "accuracy, agreement with the teacher, %", step: 25, largest: 100,
            top: 290, into: &body)
        body += text(Self.left + (Self.width - Self.left - Self.right) / 2, 532, "epoch", "middle")
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 544" font-family="sans-serif" font-size="12" fill="#333">
            <title>Losses and accuracies of \(log.rows.count) epochs</title>
            <rect width="640" height="544" fill="#fff"/>
            \(body)</svg>

            """
    }

    /// The distance of ticks that people read easily, 1, 2 or 5 times a power of ten, of which three to five reach `largest`.
    static func step(upTo largest: Double) -> Double {
        guard largest > 0, largest.isFinite else { return 1 }
        let power = pow(10, floor(log10(largest / 5)))
        return power * ([1, 2, 5].first { $0 * power * 5 >= largest } ?? 10)
    }

    /// A panel from 0 to the tick that is not below `largest`.
    private func panel(
        _ curves: [(name: String, values: [Double?])], title: String, step: Double, largest: Double, top: Double, into body: inout String
    ) {
        let bottom = top + Self.height, epochs = log.rows.count
        let ticks = max(1, Int((largest / step - 1e-9).rounded(.up))), span = step * Double(ticks)
        func x(_ index: Int) -> Double {
            let width = Self.width - Self.left - Self.right
            return Self.left + (epochs > 1 ? Double(index) / Double(epochs - 1) : 0.5) * width
        }
        func y(_ value: Double) -> Double { bottom - value / span * Self.height }
        body += text(Self.left, top - 10, title, "start")
        for tick in 0...ticks {
            let value = step * Double(tick)
            body += "<path d=\"M\(Self.left) \(at(y(value)))H\(Self.width - Self.right)\" stroke=\"#ddd\"/>\n"
            body += text(Self.left - 8, y(value) + 4, number(value), "end")
        }
        for index in Set([0, (epochs - 1) / 2, epochs - 1]).sorted() where index >= 0 {
            body += text(x(index), bottom + 18, String(log.rows[index].epoch), "middle")
        }
        for (place, curve) in curves.enumerated() {
            let points = curve.values.enumerated().compactMap { index, value in value.flatMap { $0.isFinite ? (x(index), y($0)) : nil } }
            guard !points.isEmpty else { continue }
            let colour = Self.colours[place % Self.colours.count]
            let line = points.map { "\(at($0.0)),\(at($0.1))" }.joined(separator: " ")
            body += "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.6\" points=\"\(line)\"/>\n"
            // A single epoch is a point, which a line does not show.
            if points.count == 1 { body += "<circle cx=\"\(at(points[0].0))\" cy=\"\(at(points[0].1))\" r=\"2.5\" fill=\"\(colour)\"/>\n" }
            let row = top + 14 + 18 * Double(place)
            body += "<path d=\"M\(Self.width - Self.right + 12) \(at(row - 4))h18\" stroke=\"\(colour)\" stroke-width=\"2\"/>\n"
            body += text(Self.width - Self.right + 36, row, curve.name, "start")
        }
    }

    private func text(_ x: Double, _ y: Double, _ content: String, _ anchor: String) -> String {
        let escaped = content.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
        return "<text x=\"\(at(x))\" y=\"\(at(y))\" text-anchor=\"\(anchor)\">\(escaped)</text>\n"
    }

    private func at(_ value: Double) -> String { String(format: "%.1f", value) }
    private func number(_ value: Double) -> String { String(format: abs(value) < 10 ? "%.3g" : "%.0f", value) }
}
