import Diagnostics
import Network

/// A teacher and a student of letKD's experiments on CIFAR-100 with what the authors' code sets for them (Gorgun, Gurbuz and Alatan, BMVC
/// 2023): the teachers and students of Tian et al. 2020, whose names these are.
public struct PublishedPair: Sendable {
    /// By the name of its architecture here.
    public let teacher: String
    public let student: String
    /// Of the first epochs.
    public let learningRate: Float
    /// What semantic vectors of words are multiplied with, and those of sub-classes.
    public let alpha: (words: Float, subClasses: Float)

    public static let all: [PublishedPair] = [
        .init("cifar_resnet56_projection", "cifar_resnet20_projection"),
        .init("cifar_resnet110_projection", "cifar_resnet20_projection"),
        .init("cifar_resnet110_projection", "cifar_resnet32_projection"),
        .init("cifar_resnet32x4", "cifar_resnet8x4"),
        .init("cifar_wrn_40_2", "cifar_wrn_16_2"),
        .init("cifar_wrn_40_2", "cifar_wrn_40_1"),
        .init("cifar_resnet50", "cifar_mobile_half", learningRate: 0.01, alpha: (0.1, 0.2)),
        .init("cifar_resnet32x4", "cifar_shufflenet_v1", learningRate: 0.01),
        .init("cifar_resnet32x4", "cifar_shufflenet_v2", learningRate: 0.01),
        .init("cifar_wrn_40_2", "cifar_shufflenet_v1", learningRate: 0.01),
    ]

    /// What is usual for a student, whoever teaches it: a published pair's values for that student, otherwise those of most.
    public static func usual(student: String) -> PublishedPair {
        all.first { $0.student == student } ?? PublishedPair("", student)
    }

    /// True where the paper has a student of that architecture.
    public static func has(_ student: String) -> Bool { all.contains { $0.student == student } }

    private init(_ teacher: String, _ student: String, learningRate: Float = 0.05, alpha: (words: Float, subClasses: Float) = (1, 1)) {
        (self.teacher, self.student, self.learningRate, self.alpha) = (teacher, student, learningRate, alpha)
    }
}

extension PublishedPair {
    /// Names by which papers on distillation call networks for 32 x 32 images (Tian et al. 2020, "Contrastive Representation Distillation"),
    /// where the same name means another network elsewhere, or none: lower case, without hyphens, and the architecture.
    private static let names: [String: String] =
        Dictionary(uniqueKeysWithValues: [8, 14, 20, 32, 44, 56, 110].map { ("resnet\($0)", "cifar_resnet\($0)_projection") })
        .merging([8, 11, 13, 16, 19].map { ("vgg\($0)", "cifar_vgg\($0)_bn") }) { $1 }
        .merging([
            "mobilenetv2": "cifar_mobile_half", "mobilev2": "cifar_mobile_half", "shufflev1": "cifar_shufflenet_v1",
            "shufflenetv1": "cifar_shufflenet_v1", "shufflev2": "cifar_shufflenet_v2", "shufflenetv2": "cifar_shufflenet_v2",
        ]) { $1 }

    /// The architecture that `name` means among students; `name` itself where it is none of theirs.
    public static func architecture(of name: String) -> String { names[name.lowercased().replacing("-", with: "")] ?? name }

    /// The same, of a name that somebody gave. Throws a usage `Problem` that offers the nearest where there is no such architecture.
    public static func knownArchitecture(of name: String) throws -> String {
        do { return try Architectures.named(architecture(of: name)).name } catch let problem as Problem {
            let near = nearestNames(to: name, among: names.keys.sorted())
            guard !near.isEmpty else { throw problem }
            throw Problem(
                problem.summary, explanation: "Did you mean \(near.joined(separator: ", ")), as papers on distillation call them?",
                remedy: problem.remedy, kind: problem.kind)
        }
    }
}
