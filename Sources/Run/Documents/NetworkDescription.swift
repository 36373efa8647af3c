/// The network a run looked into, as far as a reader of its report needs to know it.
public struct NetworkDescription: Codable, Sendable, Equatable {
    /// The name `--architecture` takes, such as `cifar_resnet20`.
    public var architecture: String
    /// The name a paper would use, such as `ResNet-20 (CIFAR)`.
    public var displayName: String
    public var checkpoint: Checkpoint
    /// The number of learned values.
    public var parameters: Int
    /// Channels, height and width of one input image.
    public var inputShape: [Int]
    public var preprocessing: Preprocessing
    public var classCount: Int
    /// All named layers in the order of execution.
    public var layers: [Layer]

    public init(
        architecture: String, displayName: String, checkpoint: Checkpoint, parameters: Int, inputShape: [Int],
        preprocessing: Preprocessing, classCount: Int, layers: [Layer]
    ) {
        self.architecture = architecture
        self.displayName = displayName
        self.checkpoint = checkpoint
        self.parameters = parameters
        self.inputShape = inputShape
        self.preprocessing = preprocessing
        self.classCount = classCount
        self.layers = layers
    }

    public struct Checkpoint: Codable, Sendable, Equatable {
        public var fileName: String
        public var bytes: Int
        /// SHA-256 of the file, in hexadecimal.
        public var sha256: String
        /// Such as `PyTorch (legacy)`, `PyTorch (zip)`, `safetensors`.
        public var format: String

        public init(fileName: String, bytes: Int, sha256: String, format: String) {
            self.fileName = fileName
            self.bytes = bytes
            self.sha256 = sha256
            self.format = format
        }
    }

    /// What happens to an image before the network sees it.
    public struct Preprocessing: Codable, Sendable, Equatable {
        /// The shorter side after resizing, in pixels; nil when nothing is cropped, and when images are resized otherwise.
        public var resize: Int?
        /// Height and width that all images are resized to before the crop, whatever their shape; nil for most.
        public var stretch: [Int]?
        /// Height and width that images just cover after resizing in proportion; nil for most.
        public var cover: [Int]?
        /// Pillow's filter: `nearest`, or one of `bilinear`, `bicubic`, `box`, `hamming`, `lanczos`, antialiased.
        public var interpolation: String
        /// Height and width of the centre crop, in pixels.
        public var crop: [Int]
        /// `down` where an odd pixel is left below and to the right of the crop; nil for half to even.
        public var centring: String?
        /// What black and white become before means are taken off; nil for [0, 1].
        public var valueRange: [Float]?
        /// `BGR` or `grey`; nil for RGB.
        public var channelOrder: String?
        /// `channels last` where the file states N x H x W x C; nil for channels first.
        public var layout: String?
        /// Of each channel, in the network's order and within the range of values.
        public var mean: [Float]
        public var standardDeviation: [Float]
        /// Where each part is known from: `told`, the name of a file, `graph`, `habit` (of the family), `assumed`. Nil in runs of before.
        public var sources: [String: String]?

        public init(resize: Int?, interpolation: String, crop: [Int], mean: [Float], standardDeviation: [Float]) {
            self.resize = resize
            self.interpolation = interpolation
            self.crop = crop
            self.mean = mean
            self.standardDeviation = standardDeviation
        }
    }

    public struct Layer: Codable, Sendable, Equatable {
        /// As in the checkpoint: `layer3.2.conv1`.
        public var name: String
        /// Such as `convolution 3 x 3`, `batch normalisation`, `ReLU`, `stage`.
        public var kind: String
        /// Channels, height and width of the output for one image.
        public var shape: [Int]
        /// Learned values of this layer alone.
        public var parameters: Int
        /// True for the stem, the ends of stages and the classifier: the layers of the overview's picture.
        public var isLandmark: Bool
        /// True when this run reports the layer's units.
        public var isReported: Bool

        public init(
            name: String, kind: String, shape: [Int], parameters: Int, isLandmark: Bool, isReported: Bool
        ) {
            self.name = name
            self.kind = kind
            self.shape = shape
            self.parameters = parameters
            self.isLandmark = isLandmark
            self.isReported = isReported
        }
    }
}
