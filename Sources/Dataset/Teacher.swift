public import Network
public import Run

/// A teacher at hand: a network that a student learns from, or is compared with.
public struct Teacher: Sendable {
    public let network: ImageNetwork
    /// What files and pages say of it.
    public let identity: Distillation.Teacher

    /// - Parameters:
    ///   - fileName: of its checkpoint, without the folder.
    ///   - sha256: of its checkpoint, in hexadecimal.
    public init(_ network: ImageNetwork, fileName: String, sha256: String) {
        self.network = network
        identity = Distillation.Teacher(
            architecture: network.architecture, displayName: network.displayName, fileName: fileName, sha256: sha256)
    }

    /// True where its classes are those of `network`: as many, and no others as far as their files say.
    public func sharesClasses(with network: ImageNetwork) -> Bool {
        network.hasClasses && self.network.classCount == network.classCount && !network.wasTrained(onOtherClassesThan: self.network.trainedClasses)
    }

    public var fileName: String { identity.fileName }
    public var sha256: String { identity.sha256 ?? "" }
}
