public import Diagnostics

/// What is wrong with a request for a figure, and which of its keys says so.
public struct FigureFault: Error {
    public var key: FigureRequest.Key
    public var problem: Problem

    public init(_ key: FigureRequest.Key, _ summary: String, explanation: String? = nil, remedy: String? = nil) {
        self.key = key
        problem = Problem(summary, explanation: explanation, remedy: remedy, kind: .usage)
    }
}
