import Diagnostics
import Network
import Testing

@testable import Training

/// What is decided, and refused, before anything is computed.
@Suite struct DistillationPlanTests {
    private static func random(_ name: String) throws -> ImageNetwork { try Architectures.random(name, seed: 1) }

    private static func settings(_ change: (inout DistillationSettings) -> Void = { _ in }) -> DistillationSettings {
        var settings = DistillationSettings(method: .both)
        change(&settings)
        return settings
    }

    private static func refusal(_ student: String, _ teacher: String, _ settings: DistillationSettings) throws -> String {
        do { _ = try DistillationPlan(random(student), from: random(teacher), settings) } catch let problem as Problem {
            #expect(problem.kind == .usage)
            return [problem.summary, problem.explanation, problem.remedy].compactMap { $0 }.joined(separator: " ")
        }
        Issue.record("\(teacher) teaches \(student)")
        return ""
    }

    @Test func `what is told goes before what is usual`() throws {
        let student = try Self.random("cifar_mobile_half"), teacher = try Self.random("cifar_resnet20")
        let usual = try DistillationPlan(student, from: teacher, Self.settings())
        #expect(usual.words?.alpha == 0.1 && usual.subClasses?.alpha == 0.2 && usual.words?.pooling == 4)
        #expect(usual.lines.count == 2 && usual.lines[0].contains("blocks.5.0 (80 x 2 x 2)"))
        let told = try DistillationPlan(
            student, from: teacher,
            Self.settings {
                ($0.penultimate.alpha, $0.intermediate.alpha, $0.intermediate.weight) = (0.5, 1, 0)
                ($0.intermediate.student, $0.intermediate.teacher) = ("blocks.3.1", "layer2.1")
            })
        #expect(told.words?.alpha == 0.5 && told.subClasses?.alpha == 1 && told.subClasses?.pooling == 4)
        #expect(told.subClasses?.student.shape == [32, 4, 4] && told.lines[0].hasSuffix("without supervision"))
        let one = try DistillationPlan(student, from: teacher, DistillationSettings(method: .penultimate))
        #expect(one.subClasses == nil && one.words == usual.words)
        #expect(try DistillationPlan(student, from: Self.random("cifar_resnet8x4"), DistillationSettings(method: .logits)).lines == [])
    }

    @Test func `places that do not follow are asked for`() throws {
        let transformer = try Self.refusal("cifar_resnet20", "timm_vit_tiny_patch16", Self.settings())
        for words in ["teacher", "its layers are tokens", "Choose another teacher."] { #expect(transformer.contains(words), "\(transformer)") }
        let windows = try Self.refusal("cifar_resnet20", "swin", Self.settings())
        for words in ["maps (768 x 7 x 7)", "--teacher-intermediate-layer"] { #expect(windows.contains(words), "\(windows)") }
        let sizes = try Self.refusal("cifar_resnet20", "resnet18", Self.settings())
        for words in ["layer4", "7 x 7", "8 x 8", "layer1.0 (64 x 56 x 56)", "--teacher-intermediate-layer", "--teacher-input-size 256x256"] {
            #expect(sizes.contains(words), "\(sizes)")
        }
        var larger = try Self.random("resnet18")
        larger.input.size = [256, 256]
        #expect(try DistillationPlan(Self.random("cifar_resnet20"), from: larger, Self.settings()).words?.pooling == 1)
        let vector = try Self.refusal("cifar_resnet20", "cifar_resnet14", Self.settings { $0.penultimate.teacher = "avgpool" })
        #expect(vector.contains("avgpool"))
        let classes = try Self.refusal("cifar_resnet20", "cifar_wrn_16_2", DistillationSettings(method: .logits))
        for words in ["100", "10", "letkd"] { #expect(classes.contains(words), "\(classes)") }
    }

    @Test func `where no layer fits all are listed, and logits are offered where they can be compared`() throws {
        // 5 x 5 positions, which no map of the student is a factor of.
        var odd = try Architectures.random("cifar_resnet20", seed: 1)
        odd.input.size = [20, 20]
        let other = try Architectures.random("cifar_resnet14", seed: 2)
        let problem = try #require(throws: Problem.self) { try DistillationPlan(other, from: odd, DistillationSettings(method: .penultimate)) }
        for words in ["of the teacher, ", "layer3 (64 x 5 x 5)", "of the student, ", "layer1 (16 x 32 x 32)"] {
            #expect(problem.explanation?.contains(words) == true, "\(words) in \(problem.explanation ?? "")")
        }
        // Logits of other classes are none to compare.
        let many = try Self.refusal("cifar_resnet20", "swin", Self.settings())
        #expect(!many.contains("--method kd"), "\(many)")
        let student = try Self.refusal("timm_vit_tiny_patch16", "resnet50", Self.settings())
        #expect(student.contains("Choose --method kd, or another student."), "\(student)")
    }

    @Test func `papers' names mean their networks`() throws {
        let names = [
            "resnet20": "cifar_resnet20_projection", "resnet8x4": "resnet8x4", "vgg8": "cifar_vgg8_bn", "MobileNetV2": "cifar_mobile_half",
            "ShuffleNetV1": "cifar_shufflenet_v1", "ShuffleV2": "cifar_shufflenet_v2", "cifar_resnet20": "cifar_resnet20", "wrn_16_2": "wrn_16_2",
        ]
        for (name, architecture) in names {
            #expect(PublishedPair.architecture(of: name) == architecture)
            _ = try Architectures.named(architecture)
        }
        #expect(PublishedPair.usual(student: "resnet18").learningRate == 0.05 && !PublishedPair.has("resnet18"))
    }
}
