import Dataset
import Images
@testable import Network
import Run
import Tensors

@testable import Analysis

/// Steps of the methods to compare with, as `make_baseline_goldens.py` wrote them down.
struct BaselineGoldens: Decodable {
    struct Optimisers: Decodable {
        var gradients: [[Float]]
        var adam: [[Float]]
        var nadam: [[Float]]
    }

    struct Fourier: Decodable {
        struct Case: Decodable {
            var first: [Int]
            var scale: Float
            var angle: Float
            var second: [Int]
            var unit: Int?
            var seen: [Float]
            var loss: Float
            var gradient: [Float]
        }

        var parameters: [Float]
        var padding: Int
        var first: Int
        var second: Int
        var channel: Int
        var cases: [Case]
    }

    struct MACO: Decodable {
        struct Box: Decodable {
            var centre: [Float]
            var side: Float
        }

        var size: [Int]
        var magnitudes: [Float]
        var phases: [Float]
        var channel: Int
        var boxes: [Box]
        var seen: [Float]
        var loss: Float
        var gradient: [Float]
    }

    struct Inversion: Decodable {
        struct Weights: Decodable {
            var features: Float
            var firstLayer: Float
            var variation: Float
            var norm: Float
        }

        var pixels: [[Float]]
        var classes: [Int]
        var unit: Int
        var rolls: [[Int]]
        var mirrored: [Bool]
        var weights: Weights
        var target: Double
        var features: Double
        var variation: Double
        var norm: Double
        var gradients: [[Float]]
    }

    var size: [Int]
    var network: [String: [Float]]
    var optimisers: Optimisers
    var fourier: Fourier
    var maco: MACO
    var deepInversion: Inversion

    /// conv1 - bn1 - relu - conv2 - bn2 - layer2 (relu) - mean - logits.
    func imageNetwork(normalised: Bool = true) -> ImageNetwork {
        var graph = Graph()
        func values(_ name: String) -> [Float] { network[name] ?? [] }
        var x = 0
        for (number, channels) in [(1, (3, 8)), (2, (8, 20))] {
            let weights = Tensor(shape: [channels.1, channels.0, 3, 3], values: values("conv\(number)"))
            x = graph.add("conv\(number)", Convolution(weights: weights, stride: number, padding: .symmetric(1)), x)
            if normalised {
                let normalization = BatchNormalization(
                    weight: values("bn\(number).weight"), bias: values("bn\(number).bias"), mean: values("bn\(number).mean"),
                    variance: values("bn\(number).variance"), epsilon: 1e-5)
                x = graph.add("bn\(number)", normalization, x)
            }
            x = graph.add("layer\(number)", Rectifier(.relu), x)
        }
        x = graph.add("mean", GlobalAveragePooling(), x)
        graph.add("logits", Linear(weights: Tensor(shape: [5, 20], values: values("weight")), bias: values("bias")), x)
        return ImageNetwork(
            architecture: "small", displayName: "Small", graph: graph, input: .init(resize: nil, size: size), logits: "logits",
            classCount: 5, landmarks: ["conv1"], reported: ["layer1"], matched: [])
    }

    /// A studio for the network, with the images of `set`.
    func studio(_ set: SmallDataSet, _ method: Baseline, normalised: Bool = true, steps: Int = 4, threads: Int = 1) throws -> BaselineStudio {
        let network = imageNetwork(normalised: normalised)
        let images = RealImages(
            folder: set.images.folder,
            preprocessing: try Preprocessing(
                resize: nil, cropHeight: size[0], cropWidth: size[1], mean: network.input.mean,
                standardDeviation: network.input.standardDeviation),
            labels: set.images.labels)
        return BaselineStudio(network: network, images: images, method: method, steps: steps, seed: 7, threads: threads)
    }
}

/// The largest difference as a share of the largest value.
func relativeDistance(_ found: [Float], _ expected: [Float]) -> Float {
    guard found.count == expected.count else { return .infinity }
    let largest = expected.map(abs).max() ?? 0
    return (zip(found, expected).map { abs($0 - $1) }.max() ?? 0) / max(largest, .leastNormalMagnitude)
}
