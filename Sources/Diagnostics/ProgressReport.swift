/// Where long work says how far it is. Called from one thread at a time.
public protocol ProgressReport: Sendable {
    /// Begins a stage of `total` pieces, `done` of which were there already.
    func begin(_ stage: String, total: Int, done: Int)
    /// Pieces done so far in the current stage.
    func update(_ done: Int)
    func end()
    /// One line for the reader, outside any stage.
    func note(_ line: String)
}

/// Says nothing.
public struct SilentProgress: ProgressReport {
    public init() {}
    public func begin(_ stage: String, total: Int, done: Int) {}
    public func update(_ done: Int) {}
    public func end() {}
    public func note(_ line: String) {}
}
