/// A picture that is optimised through parameters of its own, which the network sees transformed at random.
///
/// Every picture has its own random stream, so that it does not matter in which company it is optimised.
protocol MaximisedPicture: AnyObject {
    /// How many times the network looks at the picture in each step of the optimiser.
    var passes: Int { get }
    /// Draws a transform and writes what the network is to see into `target`: 3 x H x W, normalised.
    func write(into target: UnsafeMutablePointer<Float>)
    /// Takes the gradient of the loss at what was written last.
    func collect(_ gradient: UnsafePointer<Float>)
    /// One step of the optimiser, with what was collected since the one before.
    func descend()
    /// The picture as it is now, untransformed, of the network's size: 3 x H x W, normalised.
    func finished() -> [Float]
}
