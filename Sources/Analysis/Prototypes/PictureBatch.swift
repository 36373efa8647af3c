import Dataset
import Network

/// Pictures that are optimised together, each by itself: what it is matched to, what it is asked to be besides, and how far it has come.
struct PictureBatch {
    private(set) var states: [PixelState]
    private let priors: [ImagePrior]

    /// A prior for each of `states`.
    init(_ states: [PixelState], priors: [ImagePrior]) {
        precondition(states.count == priors.count, "a prior for every picture")
        self.states = states
        self.priors = priors
    }

    /// The pictures that still change.
    var moving: [Int] { states.indices.filter { !states[$0].isFinished } }

    /// One step of those that still change: rolled into the input of `matching`, matched to `objectives`, and moved along the gradient. All
    /// of them are in a phase that sees what `pooling` makes of a picture. Returns each one's loss before the step.
    mutating func step(
        _ matching: MatchingBatch, _ objectives: [MatchingBatch.Objective], pooling: PicturePooling
    ) throws -> [(slot: Int, loss: Float)] {
        let workspace = matching.workspace, moving = moving
        let (size, channels, count) = (pooling.pooledSize, pooling.channels, pooling.count)
        for slot in moving { states[slot].writeRolled(into: workspace.input + slot * count) }
        workspace.fillUp(from: states.count)
        // All that move are at the same step.
        let matched = try matching.gradient(objectives, renews: moving.contains { states[$0].renewsView })
        let gradient = try workspace.gradient(of: Graph.inputName)
        return moving.map { slot in
            let (picture, slopes) = (workspace.input + slot * count, gradient + slot * count)
            let loss = matched[slot] + priors[slot].value(at: picture, size: size, channels: channels)
            priors[slot].addGradient(at: picture, size: size, channels: channels, to: slopes)
            states[slot].descend(slopes, loss: loss)
            return (slot, loss)
        }
    }
}
