import Dataset
import Images
import Network

extension ImageNetwork {
    /// The same network on images in usual colours: red, green and blue (or grey) about zero, a few standard deviations wide.
    ///
    /// Pictures begin as normal noise and move by steps of one length, which suits such numbers; bytes from 0 to 255, or colours from 0
    /// to 1 that the graph itself normalises, they would hardly change or fill in one step. What the network takes is made of usual
    /// colours by a scale and a shift of each channel in front of it. Most networks take usual colours already, and are returned as they are.
    func inUsualColours() -> ImageNetwork {
        let isUsual = input.unitDeviation.allSatisfy { (0.1...0.6).contains($0) }
        guard input.channelOrder != .other, !isUsual || input.channelOrder == .bgr else { return self }
        var network = self
        network.input.channelOrder = input.channelOrder == .grey ? .grey : .rgb
        network.input.valueRange = [0, 1]
        if isUsual {
            (network.input.mean, network.input.standardDeviation) = (input.unitMean.reversed(), input.unitDeviation.reversed())
        } else if input.channels == 1 {
            (network.input.mean, network.input.standardDeviation) = ([0.449], [0.226])
        } else {
            (network.input.mean, network.input.standardDeviation) = (Input.imageNetMean, Input.imageNetDeviation)
        }
        let isTurned = input.channelOrder == .bgr
        func usual(_ values: [Float]) -> [Float] { isTurned ? values.reversed() : values }
        let (mean, deviation) = (usual(network.input.mean), usual(network.input.standardDeviation))
        let scale = zip(deviation, input.unitDeviation).map { $0 / $1 }
        let shift = zip(zip(mean, input.unitMean), input.unitDeviation).map { ($0.0 - $0.1) / $1 }
        var front: [(name: String, operation: any Operation)] = []
        if isTurned { front.append(("blue first", Rearrangement(.gather(axis: 0, indices: [2, 1, 0])))) }
        if !isUsual { front.append(("the network's colours", Affine(scale: scale, shift: shift, axis: 0))) }
        network.graph = graph.behind(front)
        return network
    }
}

extension RealImages {
    /// `network` in usual colours, and the images as it wants them then.
    func inUsualColours(of network: ImageNetwork) throws -> (network: ImageNetwork, images: RealImages) {
        let usual = network.inUsualColours()
        guard usual.input != network.input else { return (network, self) }
        let preprocessing = try self.preprocessing.normalising(as: Preprocessing(usual.input))
        return (usual, RealImages(folder: folder, preprocessing: preprocessing, labels: labels))
    }
}
