import Run
import Testing

@testable import Site

struct ChartTests {
    private func count(_ element: String, in markup: Markup) -> Int {
        markup.html.split(separator: "<\(element)", omittingEmptySubsequences: false).count - 1
    }

    @Test func aBarForEveryBinAndOneForZero() {
        let histogram = Histogram(zero: 4, positive: [-8: 1, 0: 100, 5: 3], negative: [-2: 7, 3: 1])
        let chart = ActivationHistogram.chart(histogram, mark: nil, id: "a", unit: "unit 1")
        #expect(count("rect", in: chart) == 6)
        #expect(chart.html.contains("exactly 0: 4 images") && chart.html.contains("Of 116 images, 4 leave the unit at zero."))
    }

    @Test(arguments: [Float(0.001), 1, 2.9, 1e9, .infinity, .nan, -3, 0])
    func aMarkAnywhereStaysInThePicture(mark: Float) {
        let chart = ActivationHistogram.chart(Histogram(zero: 0, positive: [0: 5, 4: 2]), mark: mark, id: "a", unit: "unit 1")
        #expect(count("line class=\"mark\"", in: chart) == (mark.isFinite && mark > 0 ? 1 : 0))
        for value in chart.html.split(separator: "x1=\"").dropFirst().compactMap({
            $0.split(separator: "\"").first.flatMap { Double($0) }
        }) {
            #expect((0...380).contains(value))
        }
    }

    @Test func anEmptyHistogramIsDrawn() {
        #expect(count("rect", in: ActivationHistogram.chart(Histogram(), mark: nil, id: "a", unit: "unit 1")) == 0)
    }

    @Test func curvesNeedTwoPointsAndCanReachZero() {
        #expect(LossCurve.chart([], id: "l", subject: "x") == nil)
        #expect(LossCurve.chart([.init(step: 0, loss: 1)], id: "l", subject: "x") == nil)
        let curve = LossCurve.chart(
            [.init(step: 0, loss: 1), .init(step: 5, loss: .nan), .init(step: 10, loss: 0)], id: "l", subject: "x")
        #expect(curve.map { count("polyline", in: $0) } == 1)
        #expect(LossCurve.chart([.init(step: 0, loss: 2), .init(step: 1, loss: 2)], id: "l", subject: "x") != nil)
    }

    @Test func linesHaveGapsAndNeedTwoPlaces() {
        let layers = ["a", "b", "c", "d", "a.very.long.name"]
        let line = LineChart.Series(name: "p", values: [1, 0.5, nil, -1, nil], style: "curve", range: [[0, 1], nil, nil, [-1, 0], nil])
        let chart = LineChart(places: layers, axis: "a", series: [line]).chart(id: "p", title: "t")
        // A line of two, and a point by itself.
        #expect(chart.map { count("polyline", in: $0) } == 1 && chart.map { count("path class=\"dots\"", in: $0) } == 1)
        #expect(chart.map { count("polygon", in: $0) } == 1 && chart?.html.contains("ong.name</text>") == true)
        #expect(LineChart(places: ["a"], axis: "a", series: [.init(name: "p", values: [1], style: "curve")]).chart(id: "p", title: "t") == nil)
        #expect(LineChart(places: layers, axis: "a", series: [.init(name: "p", values: [nil, .nan, nil, nil, nil], style: "curve")]).chart(id: "p", title: "t") == nil)
    }

    @Test func sharesFallIntoTwentyBins() {
        let chart = ShareChart.chart([0, 0, 1, 0.5, .nan, 2, -1], id: "s", title: "t", axis: "a")
        #expect(count("rect", in: chart) == 3)
    }

    @Test func aBarIsNeverLongerThanItsGround() {
        #expect(count("rect", in: ShareBar.ornament(.nan)) == 0)
        #expect(ShareBar.ornament(7, width: 50).html.contains("<rect width=\"50\" height=\"6\"/></svg>"))
    }
}
