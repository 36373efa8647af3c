import Diagnostics

/// All that is known of how a checkpoint's images are prepared, apart from the family's default, brought together in one order: what is
/// told, then what the graph does itself, then files beside the checkpoint, then its own notes.
struct InputSources {
    private let configuration: ModelConfiguration?
    private let notes: ONNXNotes?
    private let told: [ImageNetwork.Input.Stated]
    private let toldSize: [Int]?
    private let checkpoint: Checkpoint

    init(_ checkpoint: Checkpoint, told: [ImageNetwork.Input.Stated]) {
        configuration = ModelConfiguration(beside: checkpoint.path)
        notes = checkpoint.model.map { ONNXNotes($0.metadata) }
        self.told = told
        toldSize = told.last { $0.size != nil }?.size
        self.checkpoint = checkpoint
    }

    /// What timm calls the network, where its configuration lies beside the checkpoint: of two with the same tensors, it tells which.
    var architecture: String? { configuration?.timmArchitecture }

    /// Height and width for a graph that leaves them open.
    var size: ONNXImport.Size {
        if let toldSize { return .told(toldSize) }
        return sizeOfFiles.map { .stated($0) } ?? .unknown
    }

    /// The size that files say.
    private var sizeOfFiles: [Int]? { configuration?.stated.last { $0.size != nil }?.size ?? notes?.size }

    /// Gives `network` the preprocessing and the names of classes.
    /// - Throws: A usage `Problem` when what is told does not fit the network.
    func apply(to network: inout ImageNetwork) throws {
        let isFixed = network.input.source(of: .size) == .graph, habit = network.input.fingerprint
        func note(_ names: [String]?, _ source: String) {
            if let names, names.count == network.classCount { network.classNames = (names.map(printable), source) }
        }
        if let notes {
            take(notes.stated, into: &network, isFixed: isFixed)
            note(notes.classNames, ONNXNotes.source)
        }
        if let configuration {
            if let count = configuration.classCount, network.classCount > 0, count != network.classCount {
                network.remarks.append(
                    "The configuration beside the checkpoint is of a network of \(count) classes, this one has \(network.classCount): it is not used")
            } else {
                for stated in configuration.stated { take(stated, into: &network, isFixed: isFixed) }
                network.remarks += configuration.remarks
                if let names = configuration.classNames { note(names.names, names.source) }
            }
        }
        // What a training of this program was told, and the folders that it learned from.
        note(checkpoint.metadata["classes"]?.split(separator: "\n", omittingEmptySubsequences: false).map(String.init), ImageNetwork.ownNotes)
        if let text = checkpoint.metadata["preprocessing"],
            let stated = try? ImageNetwork.Input.Stated(.file(ImageNetwork.ownNotes), text: text, name: "notes")
        {
            take(stated, into: &network, isFixed: isFixed)
        }
        if network.architecture == "onnx", let found = GraphNormalization(network.graph, input: network.input)?.stated {
            take(found, into: &network, isFixed: isFixed)
        }
        if let size = toldSize, isFixed, size != network.input.size {
            throw Problem(
                "The network is made for images of \(network.input.size[0]) x \(network.input.size[1]) pixels, not \(size[0]) x \(size[1])",
                remedy: "Leave the size out.", kind: .usage)
        }
        let own = network.input
        for stated in told { try network.input.take(stated) }
        // A graph that leaves its size open was made for the size that is told; which it would have been without is not known.
        let untold = notes == nil ? own.size : sizeOfFiles
        network.isToldOtherwise = network.input.fingerprint != own.fingerprint || !isFixed && toldSize.map { $0 != untold } ?? false
        network.isPreparedOtherwise = network.input.fingerprint != habit
        if toldSize != nil { try network.checkSize(besides: untold ?? own.size) }
    }

    /// Takes over what fits; what does not is remarked upon.
    private func take(_ stated: ImageNetwork.Input.Stated, into network: inout ImageNetwork, isFixed: Bool) {
        guard !stated.isEmpty else { return }
        var fitting = stated, input = network.input
        if stated.source != .graph, input.source(of: .valueRange) == .graph {
            // An input of bytes takes nothing else.
            (fitting.valueRange, fitting.mean, fitting.standardDeviation) = (nil, nil, nil)
        }
        if let size = stated.size {
            let isWanted = isFixed ? size == input.size : toldSize != nil || Self.fits(network, size)
            if isFixed || !isWanted { fitting.size = nil }
            if !isWanted {
                // Another size's way to it says nothing of this one.
                fitting.resizing = nil
                network.remarks.append(
                    "\(stated.source.words) is for images of \(size[0]) x \(size[1]) pixels, the network for \(input.size[0]) x \(input.size[1])")
            }
        }
        do {
            try input.take(fitting)
            network.input = input
        } catch {
            network.remarks.append("\(stated.source.words) is not used: \((error as? Problem)?.summary ?? "\(error)")")
        }
    }

    /// True when images of `size` pass the graph.
    private static func fits(_ network: ImageNetwork, _ size: [Int]) -> Bool {
        guard size.allSatisfy({ (1...4096).contains($0) }) else { return false }
        return (try? network.graph.shapes(input: [network.input.channels, size[0], size[1]])) != nil
    }

}

extension ImageNetwork {
    /// The same network with what is `told` of its preprocessing; of several the last goes first.
    /// - Throws: A usage `Problem` when what is told does not fit the network.
    public func told(_ told: [Input.Stated]) throws -> ImageNetwork {
        var network = self
        for stated in told { try network.input.take(stated) }
        network.isToldOtherwise = network.input.fingerprint != input.fingerprint
        network.isPreparedOtherwise = isPreparedOtherwise || network.isToldOtherwise
        if network.input.size != input.size { try network.checkSize(besides: input.size) }
        return network
    }

    /// Throws a usage `Problem` where its images do not pass the graph; those of size `other` do.
    fileprivate func checkSize(besides other: [Int]) throws {
        do { _ = try graph.shapes(input: input.shape) } catch let problem as Problem {
            throw Problem(
                "\(displayName) does not take images of \(input.size[0]) x \(input.size[1]) pixels", explanation: problem.summary,
                remedy: "Leave the size out: the network is made for \(other[0]) x \(other[1]).", kind: .usage)
        }
    }
}

extension ImageNetwork.Input.Source {
    /// As people read it.
    public var words: String {
        switch self {
        case .told: "told"
        case .file(let name): name
        case .graph: "the graph"
        case .habit: "the family's default"
        case .assumed: "assumed"
        }
    }
}
