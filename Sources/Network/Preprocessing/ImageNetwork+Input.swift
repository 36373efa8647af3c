public import Tensors

extension ImageNetwork {
    /// How an image becomes the network's input, and where each part of that is known from.
    ///
    /// A picture is resized, its centre is cut out, its channels are brought in the network's order, values are spread over a range, and
    /// each channel is normalised: `(value - mean) / standardDeviation`.
    public struct Input: Sendable, Equatable {
        /// Pillow's filters, by its names in lower case; all but `nearest` are antialiased.
        public enum Interpolation: String, Sendable, CaseIterable { case nearest, bilinear, bicubic, box, hamming, lanczos }

        /// What happens to a picture's size before the centre is cut out.
        public enum Resizing: Sendable, Equatable {
            /// Straight to the input's size, whatever the picture's shape; nothing is cut away.
            case exact
            /// The shorter side to so many pixels, the longer one in proportion.
            case shorterSide(Int)
            /// To this height and width, whatever the picture's shape.
            case stretched([Int])
            /// In proportion, until this height and width are just covered.
            case covering([Int])
        }

        /// What the channels are.
        public enum ChannelOrder: String, Sendable, CaseIterable {
            case rgb = "RGB"
            case bgr = "BGR"
            case grey
            /// Neither colours nor grey: no picture becomes such an input, only a tensor does.
            case other
        }

        /// On which side of the middle an odd pixel is left when the centre is cut out.
        public enum Centring: String, Sendable {
            /// The offset is rounded half to even: torchvision and timm.
            case rounded
            /// The offset is rounded down, padding in front up: transformers.
            case down
        }

        /// Height and width of the network's input, in pixels.
        public var size: [Int]
        public var resizing: Resizing
        public var centring: Centring = .rounded
        public var interpolation: Interpolation
        /// What black and white become before means are taken off, `[0, 1]` for most.
        public var valueRange: [Float] = [0, 1]
        public var channelOrder: ChannelOrder
        /// Of each channel, in the network's order and within the range of values; as many as there are channels.
        public var mean: [Float]
        public var standardDeviation: [Float]
        /// True where the file states N x H x W x C. The engine's input is N x C x H x W all the same.
        public var isChannelsLast = false
        /// Where each part is known from; those that are not named here are the family's default.
        public var sources: [Part: Source] = [:]

        /// The usual form: the shorter side resized to `resize` (nil: whole pictures straight to the size), then cropped.
        public init(
            resize: Int?, interpolation: Interpolation = .bilinear, size: [Int], mean: [Float] = Input.imageNetMean,
            standardDeviation: [Float] = Input.imageNetDeviation
        ) {
            resizing = resize.map { .shorterSide($0) } ?? .exact
            self.interpolation = interpolation
            self.size = size
            self.mean = mean
            self.standardDeviation = standardDeviation
            channelOrder = .rgb
        }

        /// Of ImageNet's images, red, green and blue, for values from 0 to 1.
        public static let imageNetMean: [Float] = [0.485, 0.456, 0.406]
        public static let imageNetDeviation: [Float] = [0.229, 0.224, 0.225]

        public var channels: Int { mean.count }

        /// C x H x W.
        public var shape: Shape { [mean.count, size[0], size[1]] }

        /// Of each channel, the mean and the standard deviation as they are of values from 0 to 1.
        public var unitMean: [Float] { mean.map { ($0 - valueRange[0]) / (valueRange[1] - valueRange[0]) } }
        public var unitDeviation: [Float] { standardDeviation.map { $0 / (valueRange[1] - valueRange[0]) } }

        /// The family's habit where nothing else is noted; a layout is always that of the tensors.
        public func source(of part: Part) -> Source { sources[part] ?? (part == .layout ? .graph : .habit) }
    }
}

extension ImageNetwork.Input {
    /// What can be known of the preprocessing, or not, by itself. The names are those of documents.
    public enum Part: String, Sendable, CaseIterable {
        case size, resize, interpolation, valueRange, channelOrder, mean, standardDeviation, layout
    }

    /// Where a part of the preprocessing is known from.
    public enum Source: Sendable, Equatable {
        /// An option.
        case told
        /// A file of that name beside the checkpoint, or the checkpoint's own notes.
        case file(String)
        /// Shapes and constants at the beginning of the graph.
        case graph
        /// Networks of the family are used so.
        case habit
        /// Nothing says it; it is the likeliest.
        case assumed
    }

    /// The same for a network of another number of channels: grey takes the mean over the colours, as timm does with the weights; for
    /// other numbers values are left from 0 to 1.
    func adapted(toChannels count: Int) -> ImageNetwork.Input {
        guard count != channels else { return self }
        var result = self
        func average(_ values: [Float]) -> Float { values.reduce(0, +) / Float(max(1, values.count)) }
        result.channelOrder = count == 1 ? .grey : count == 3 ? .rgb : .other
        result.mean = Array(repeating: count == 1 ? average(mean) : 0, count: count)
        result.standardDeviation = Array(repeating: count == 1 ? average(standardDeviation) : 1, count: count)
        for part in [Part.mean, .standardDeviation] { result.sources[part] = .assumed }
        result.sources[.channelOrder] = .graph
        return result
    }
}

extension ImageNetwork.Input {
    /// A text that is the same for the same preprocessing alone: what results that are kept are told apart by.
    public var fingerprint: String {
        var parts: [String] = []
        switch resizing {
        case .exact: parts.append("none")
        case .shorterSide(let side): parts.append("\(side)")
        case .stretched(let sides): parts.append("to \(sides)")
        case .covering(let sides): parts.append("over \(sides)")
        }
        parts += [interpolation.rawValue, "\(size)", "\(mean)", "\(standardDeviation)"]
        if valueRange != [0, 1] { parts.append("\(valueRange)") }
        if channelOrder != .rgb { parts.append(channelOrder.rawValue) }
        if centring != .rounded { parts.append(centring.rawValue) }
        return parts.joined(separator: " ")
    }
}
