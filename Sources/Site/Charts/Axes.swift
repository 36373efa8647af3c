import Glibc

/// The frame of a plot: where its area lies in the drawing, its axes and their names.
struct Axes {
    let left = 48.0
    let top = 12.0
    let right: Double
    let bottom: Double

    /// - Parameter rows: of text below the ticks' labels: the name of the axis, or a legend.
    init(_ drawing: Drawing, rows: Int = 1) {
        right = drawing.width - 12
        bottom = drawing.height - 24 - 18 * Double(rows)
    }

    var width: Double { right - left }
    var height: Double { bottom - top }

    /// Draws the lines, names and the given ticks; `ticks` in coordinates of the drawing.
    func draw(
        in drawing: inout Drawing, x: String, y: String, xTicks: [(at: Double, label: String)],
        yTicks: [(at: Double, label: String)]
    ) {
        for tick in yTicks {
            drawing.line(left, tick.at, right, tick.at, "grid")
            drawing.text(left - 6, tick.at + 4, tick.label, .end)
        }
        drawing.line(left, bottom, right, bottom, "axis")
        for tick in xTicks {
            drawing.line(tick.at, bottom, tick.at, bottom + 4, "axis")
            drawing.text(tick.at, bottom + 17, tick.label)
        }
        if !x.isEmpty { drawing.text((left + right) / 2, bottom + 36, x, style: "label name") }
        drawing.text(left, top - 1, y, .start, style: "label name")
    }

    /// Heights of a count on a logarithmic scale, 0 at the bottom, and its ticks.
    func logarithmic(upTo largest: Int) -> (height: (Int) -> Double, ticks: [(at: Double, label: String)]) {
        // Half a decade of room below 1 makes a single image visible.
        let decades = max(1, ceil(log10(Double(max(largest, 1))))) + 0.5
        let height = self.height
        let bottom = self.bottom
        func rise(_ count: Int) -> Double { count <= 0 ? 0 : (log10(Double(count)) + 0.5) / decades * (height - 12) }
        var ticks: [(at: Double, label: String)] = []
        var power = 1
        while power <= max(largest, 1), power < 1_000_000_000_000 {
            ticks.append((bottom - rise(power), Number.grouped(power)))
            power *= 10
        }
        return (rise, ticks)
    }
}
