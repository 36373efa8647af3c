/// The coordinates of a picture that is not optimised in its pixels, and Adam's moments of them.
struct WrittenPicture {
    /// One for each phase of the schedule.
    private let bases: [any PictureBasis]
    private(set) var coordinates: [Float]
    private var adam: Adam
    private let fresh: Adam

    /// `coordinates` in `basis`, as the phases of `schedule` show them.
    init(_ basis: any PictureBasis, coordinates: [Float], schedule: OptimisationSchedule) {
        bases = schedule.phases.map { phase in phase.band.map { basis.limited(to: $0) } ?? basis }
        self.coordinates = coordinates
        fresh = Adam(count: coordinates.count, beta1: schedule.beta1, beta2: schedule.beta2, epsilon: schedule.epsilon)
        adam = fresh
    }

    /// Writes the picture, C x H x W, as phase number `phase` shows it.
    func write(phase: Int, into picture: inout [Float]) { bases[phase].write(coordinates, into: &picture) }

    /// Forgets Adam's moments.
    mutating func restart() { adam = fresh }

    /// One step of Adam, `gradient` being that at the picture.
    mutating func move(along gradient: [Float], rate: Float, phase: Int) {
        var slopes = [Float](repeating: 0, count: coordinates.count)
        bases[phase].pullback(gradient, into: &slopes)
        adam.descend(&coordinates, slopes, rate: rate)
    }
}
