import Tensors
import TestSupport
import Testing

@testable import Network

struct ReceptiveFieldTests {
    /// Uneven padding, a pool, a strided shortcut beside a 3 x 3 path, dilation: 17 x 14 pixels.
    private static func graph() -> Graph {
        func convolution(_ inputs: Int, _ outputs: Int, _ kernel: Int, stride: Int = 1, dilation: Int = 1, _ padding: Padding)
            -> Convolution
        {
            // All positive: what depends cannot cancel out.
            var random = RandomSource(seed: 5, stream: "\(inputs) \(outputs) \(kernel) \(stride)")
            let shape: Shape = [outputs, inputs, kernel, kernel]
            return Convolution(
                weights: Tensor(shape: shape, values: (0..<shape.count).map { _ in 0.1 + random.uniform() }), stride: stride,
                dilation: dilation, padding: padding)
        }
        var graph = Graph()
        var x = graph.add("stem", convolution(3, 5, 3, stride: 2, .same), 0)
        x = graph.add("pool", Pooling(.average(countsPadding: true), kernel: 2, stride: 1), x)
        // Without padding: beside the image, a tap that falls into it leaves a gap.
        graph.add("dilated", convolution(5, 3, 3, dilation: 2, .symmetric(0)), x)
        let shortcut = graph.add("shortcut", ParameterFreeShortcut(stride: 2, channels: 9), x)
        var y = graph.add("a", convolution(5, 9, 3, stride: 2, .symmetric(1)), x)
        y = graph.add("b", convolution(9, 9, 3, .symmetric(1)), y)
        x = graph.add("sum", Sum(), shortcut, y)
        x = graph.add("last", convolution(9, 4, 1, .symmetric(0)), x)
        graph.add("mean", GlobalAveragePooling(), x)
        return graph
    }

    @Test(arguments: ["stem", "pool", "dilated", "shortcut", "a", "b", "sum", "last", "mean"])
    func aPositionDependsOnThePixelsOfItsFieldAndNoOthers(_ layer: String) throws {
        let graph = Self.graph()
        let input: Shape = [3, 17, 14]
        let field = try graph.receptiveFields(input: input)[try graph.node(named: layer)]
        let plan = try Plan(graph, .init(batch: 1, input: input, activations: [layer]))
        let workspace = try Workspace(plan)
        func run(_ image: [Float]) throws -> NaiveMap {
            workspace.write(image)
            try workspace.forward()
            return NaiveMap(try workspace.activationTensor(of: layer))
        }
        let image = [Float](repeating: 1, count: input.count)
        let before = try run(image)
        // For every position, the box of pixels that change it.
        var seen = [[Int]](repeating: [Int.max, Int.max, 0, 0], count: before.height * before.width)
        for y in 0..<input[1] {
            for x in 0..<input[2] {
                var changed = image
                for colour in 0..<3 { changed[(colour * input[1] + y) * input[2] + x] += 1 }
                let after = try run(changed)
                before.forEachPlace { _, channel, row, column in
                    guard before[0, channel, row, column] != after[0, channel, row, column] else { return }
                    let at = row * before.width + column
                    seen[at] = [min(seen[at][0], y), min(seen[at][1], x), max(seen[at][2], y + 1), max(seen[at][3], x + 1)]
                }
            }
        }
        for row in 0..<before.height {
            for column in 0..<before.width {
                let window = field.window(at: [row, column], height: input[1], width: input[2])
                #expect(window == seen[row * before.width + column], "\(layer) at \(row), \(column)")
            }
        }
    }

    @Test func shiftedWindowsKeepTheirShape() {
        let field = ReceptiveField(start: [-3, -3], size: [9, 20], jump: [4, 4])
        #expect(field.shiftedWindow(at: [0, 0], height: 16, width: 16) == [0, 0, 9, 16])
        #expect(field.shiftedWindow(at: [1, 1], height: 32, width: 32) == [1, 1, 10, 21])
        #expect(field.shiftedWindow(at: [7, 7], height: 32, width: 32) == [23, 12, 32, 32])
    }

    @Test func fieldsOfResNet50() throws {
        let network = try Architectures.random("resnet50", seed: 1)
        let fields = try network.graph.receptiveFields(input: network.input.shape)
        // By hand: every 3 x 3 convolution adds twice the jump it runs at.
        for (layer, size, jump) in [("conv1", 7, 2), ("maxpool", 11, 4), ("layer1", 35, 4), ("layer2", 91, 8), ("layer3", 267, 16), ("layer4", 427, 32)] {
            let field = fields[try network.graph.node(named: layer)]
            #expect(field.size == [size, size] && field.jump == [jump, jump], "\(layer): \(field)")
        }
    }
}
