// The next operation: write its definition as plain loops into `NaiveOperations` (or `NaiveTensorOperations`, for values of any rank),
// and add a line to `cases` below (or `tensorCases`) for every
// way in which it can differ (sizes, strides, channels past a multiple of 16). The table owns everything: shapes, tolerance,
// step and kinks; no other test has to be written. A file in Sources/Network/Operations without a line here fails a test.

import Foundation
import Tensors
import Testing

@testable import Network

struct OperationTests {
    static let cases: [OperationCase] =
        [
            // Kernels and strides; channels that fill no block, odd sizes.
            .convolution([3, 9, 7], to: 5, kernel: [1, 1], padding: .symmetric(0)),
            .convolution([5, 9, 7], to: 24, kernel: [3, 3], padding: .symmetric(1)),
            .convolution([24, 9, 11], to: 40, kernel: [3, 3], stride: 2, padding: .symmetric(1)),
            .convolution([40, 8, 8], to: 3, kernel: [5, 5], padding: .symmetric(2)),
            .convolution([16, 13, 9], to: 32, kernel: [5, 5], stride: 3, padding: .symmetric(2)),
            .convolution([32, 11, 12], to: 16, kernel: [7, 7], stride: 2, padding: .symmetric(3)),
            .convolution([24, 9, 9], to: 16, kernel: [7, 7], stride: 4, padding: .symmetric(3)),
            .convolution([40, 9, 8], to: 24, kernel: [1, 1], stride: 2, padding: .symmetric(0)),
            .convolution([64, 10, 10], to: 64, kernel: [3, 3], padding: .symmetric(1)),
            .convolution([16, 6, 5], to: 24, kernel: [1, 3], padding: .explicit(low: [0, 1], high: [0, 1])),
            .convolution([16, 7, 7], to: 16, kernel: [3, 3], padding: .symmetric(0), "one position left over at stride 1"),
            .convolution([24, 3, 3], to: 40, kernel: [3, 3], padding: .symmetric(0), "to a single position"),
            .convolution([16, 8, 8], to: 16, kernel: [1, 1], stride: 4, padding: .symmetric(0), "positions nobody looks at"),
            // Uneven padding.
            .convolution([16, 8, 7], to: 24, kernel: [3, 3], stride: 2, padding: .same),
            .convolution([24, 5, 6], to: 16, kernel: [5, 5], stride: 2, padding: .same),
            .convolution([5, 7, 10], to: 5, kernel: [3, 3], stride: 3, padding: .same),
            .convolution([16, 6, 6], to: 16, kernel: [3, 3], padding: .explicit(low: [0, 2], high: [3, 1])),
            // Dilation.
            .convolution([16, 9, 9], to: 24, kernel: [3, 3], dilation: 2, padding: .symmetric(2)),
            .convolution([5, 11, 10], to: 3, kernel: [3, 3], stride: 2, dilation: 3, padding: .same),
            // Groups and depthwise.
            .convolution([24, 7, 9], to: 24, kernel: [3, 3], padding: .symmetric(1), groups: 24),
            .convolution([40, 9, 8], to: 40, kernel: [5, 5], stride: 2, padding: .same, groups: 40),
            .convolution([5, 6, 6], to: 5, kernel: [3, 3], stride: 2, padding: .same, groups: 5),
            .convolution([32, 7, 7], to: 32, kernel: [3, 3], dilation: 2, padding: .same, groups: 32),
            .convolution([24, 6, 5], to: 40, kernel: [3, 3], padding: .symmetric(1), groups: 4),
            .convolution([32, 8, 8], to: 64, kernel: [3, 3], stride: 2, padding: .symmetric(1), groups: 2),
            .convolution([48, 7, 6], to: 48, kernel: [3, 3], padding: .symmetric(1), groups: 12, "four groups a block"),
            .convolution([48, 6, 7], to: 96, kernel: [3, 3], stride: 2, padding: .symmetric(1), groups: 6, bias: true, "two groups"),
            .convolution([32, 6, 6], to: 64, kernel: [3, 3], padding: .same, groups: 32, "two outputs a channel"),
            .convolution([30, 6, 6], to: 12, kernel: [1, 1], padding: .symmetric(0), groups: 3, "no whole blocks"),
            // Fused: bias, sum, nonlinearity.
            .convolution([5, 9, 7], to: 24, kernel: [3, 3], padding: .symmetric(1), bias: true, activation: .relu),
            .convolution(
                [24, 8, 7], to: 40, kernel: [3, 3], stride: 2, padding: .same, bias: true, activation: .clipped(upper: 6)),
            .convolution([16, 7, 7], to: 16, kernel: [3, 3], padding: .symmetric(1), bias: true, adds: true),
            .convolution([24, 7, 5], to: 24, kernel: [3, 3], padding: .symmetric(1), bias: true, activation: .relu, adds: true),
            .convolution(
                [16, 8, 8], to: 40, kernel: [1, 1], stride: 2, padding: .symmetric(0), bias: true, activation: .relu, adds: true),
            .convolution(
                [40, 7, 7], to: 40, kernel: [3, 3], padding: .same, groups: 40, bias: true, activation: .clipped(upper: 6)),
            .convolution(
                [24, 6, 7], to: 16, kernel: [1, 1], padding: .same, bias: true, activation: .clipped(upper: 6), adds: true),
            // The first layer: few channels in the plain layout, the pullback by phases.
            .convolution([3, 11, 9], to: 16, kernel: [3, 3], padding: .symmetric(1), readsImage: true),
            .convolution([3, 16, 16], to: 24, kernel: [7, 7], stride: 2, padding: .symmetric(3), readsImage: true),
            .convolution([3, 15, 13], to: 40, kernel: [7, 7], stride: 2, padding: .symmetric(3), readsImage: true),
            .convolution([3, 16, 12], to: 96, kernel: [4, 4], stride: 4, padding: .symmetric(0), readsImage: true),
            .convolution([3, 15, 14], to: 5, kernel: [4, 4], stride: 4, padding: .symmetric(0), readsImage: true),
            .convolution([3, 15, 18], to: 16, kernel: [7, 7], stride: 4, padding: .symmetric(3), readsImage: true),
            .convolution([3, 13, 13], to: 16, kernel: [11, 11], stride: 4, padding: .symmetric(2), readsImage: true),
            .convolution([3, 12, 13], to: 32, kernel: [3, 3], stride: 2, padding: .same, readsImage: true),
            .convolution([3, 12, 13], to: 32, kernel: [3, 3], stride: 2, padding: .symmetric(0), readsImage: true),
            .convolution([3, 9, 9], to: 16, kernel: [5, 5], stride: 3, padding: .symmetric(1), readsImage: true),
            .convolution([3, 9, 10], to: 16, kernel: [1, 1], stride: 4, padding: .symmetric(0), readsImage: true),
            .convolution([3, 8, 8], to: 16, kernel: [3, 3], padding: .symmetric(2), readsImage: true),
            .convolution([3, 8, 7], to: 16, kernel: [3, 3], padding: .symmetric(4), readsImage: true, "more padding than kernel"),
            .convolution(
                [3, 8, 7], to: 16, kernel: [3, 3], stride: 2, padding: .explicit(low: [0, 2], high: [3, 1]), readsImage: true),
            .convolution([1, 9, 9], to: 16, kernel: [3, 3], padding: .symmetric(1), readsImage: true),
            .convolution([24, 9, 9], to: 16, kernel: [3, 3], stride: 2, padding: .symmetric(1), readsImage: true),
            .convolution([3, 9, 9], to: 16, kernel: [3, 3], dilation: 2, padding: .symmetric(2), readsImage: true),
            .convolution([3, 9, 9], to: 3, kernel: [3, 3], padding: .symmetric(1), groups: 3, readsImage: true),
            .convolution(
                [3, 11, 9], to: 24, kernel: [3, 3], stride: 2, padding: .symmetric(1), bias: true, activation: .relu,
                readsImage: true),
            // Classifiers.
            .linear(64, to: 10),
            .linear(40, to: 1000),
            .linear(5, to: 3),
            .batchNormalization([24, 7, 5]),
            .batchNormalization([5, 3, 3]),
            .batchNormalization([64, 1, 1]),
        ]
        + [3, 24, 40].flatMap { channels -> [OperationCase] in
            let shape: Shape = [channels, 9, 7]
            return [
                .init(name: "ReLU \(shape)", operation: Rectifier(.relu), inputs: [shape], kinks: [0]),
                .init(
                    name: "ReLU6 \(shape)", operation: Rectifier(.clipped(upper: 6)), inputs: [shape], kinks: [0, 6], spread: 6),
                .init(name: "sum \(shape)", operation: Sum(), inputs: [shape, shape], step: 1),
                .init(name: "sum of three \(shape)", operation: Sum(), inputs: [shape, shape, shape], step: 1),
                .init(name: "sum, ReLU \(shape)", operation: Sum(activation: .relu), inputs: [shape, shape]),
                .init(
                    name: "sum, ReLU6 \(shape)", operation: Sum(activation: .clipped(upper: 6)), inputs: [shape, shape], spread: 4),
                .init(name: "global average \(shape)", operation: GlobalAveragePooling(), inputs: [shape], step: 1),
                .init(
                    name: "maximum 3x3, stride 2, padding 1 \(shape)",
                    operation: Pooling(.maximum, kernel: 3, stride: 2, padding: 1), inputs: [shape]),
                .init(
                    name: "maximum 3x3, stride 4, rounded up \(shape)",
                    operation: Pooling(.maximum, kernel: 3, stride: 4, roundsUp: true), inputs: [shape]),
                .init(
                    name: "maximum 2x2, stride 2, padding 1, rounded up \(shape)",
                    operation: Pooling(.maximum, kernel: 2, stride: 2, padding: 1, roundsUp: true), inputs: [shape]),
                .init(
                    name: "average to 7x7 \(shape)", operation: AdaptiveAveragePooling(to: [7, 7]), inputs: [shape], step: 1),
                .init(
                    name: "average to 2x11 \(shape)", operation: AdaptiveAveragePooling(to: [2, 11]), inputs: [shape], step: 1),
                .init(name: "maximum 2x2 \(shape)", operation: Pooling(.maximum, kernel: 2, stride: 2), inputs: [shape]),
                .init(
                    name: "maximum 3x3, stride 1 \(shape)", operation: Pooling(.maximum, kernel: 3, stride: 1), inputs: [shape]),
                .init(
                    name: "average 3x3, stride 2, padding counted \(shape)",
                    operation: Pooling(.average(countsPadding: true), kernel: 3, stride: 2, padding: 1), inputs: [shape], step: 1),
                .init(
                    name: "average 3x3, stride 1, padding not counted \(shape)",
                    operation: Pooling(.average(countsPadding: false), kernel: 3, stride: 1, padding: 1), inputs: [shape],
                    step: 1),
                .init(
                    name: "average 2x2 \(shape)", operation: Pooling(.average(countsPadding: true), kernel: 2, stride: 2),
                    inputs: [shape], step: 1),
                .init(name: "blur pooling \(shape)", operation: BlurPooling(channels: channels), inputs: [shape], step: 1),
                .init(
                    name: "shortcut to twice the channels \(shape)",
                    operation: ParameterFreeShortcut(stride: 2, channels: 2 * channels + channels % 2), inputs: [shape], step: 1),
                .init(
                    name: "shortcut, stride 1 \(shape)",
                    operation: ParameterFreeShortcut(stride: 1, channels: channels + 6), inputs: [shape], step: 1),
            ]
        } + tensorCases

    @Test(arguments: cases, [1, 3])
    func forwardAgreesWithTheDefinition(_ subject: OperationCase, batch: Int) throws {
        let run = try OperationRun(subject, batch: batch)
        try run.forward()
        let (engine, naive) = (try run.result(), try run.definition())
        #expect(engine.shape == naive.shape)
        let error = engine.moved(along: naive, by: -1).largestMagnitude
        #expect(error <= subject.tolerance * naive.largestMagnitude, "largest error \(error)")
        #expect(try run.lanesPastTheLastChannelAreZero())
    }

    @Test(arguments: cases, [1, 3])
    func pullbackAgreesWithCentralDifferences(_ subject: OperationCase, batch: Int) throws {
        let run = try OperationRun(subject, batch: batch)
        try run.forward()
        try run.backward()
        let norm = try run.gradients().reduce(0) { $0 + $1.dot($1) }.squareRoot()
        #expect(norm > 0)
        for direction in 0..<3 {
            // <u, J v> from differences of the definition, <J^T u, v> from the engine.
            let (expected, found) = try run.slopes(along: direction)
            #expect(abs(expected - found) <= subject.tolerance * norm, "\(found) instead of \(expected)")
        }
    }

    @Test func everyFileOfOperationsHasACase() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../Sources/Network/Operations").standardized
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".swift") && !$0.contains("+") }
        #expect(!files.isEmpty)
        // The input is the first node of every case's graph.
        let tried = Set(try Self.cases.flatMap { try OperationRun.graph(of: $0).nodes.map { "\(type(of: $0.operation)).swift" } })
        for file in files { #expect(tried.contains(file), "add a case for \(file)") }
    }

    @Test func namesOfCasesAreDistinct() {
        // Random numbers are drawn by name.
        #expect(Set(Self.cases.map(\.name)).count == Self.cases.count)
    }
}
