import TestSupport
import Testing

@testable import Network
@testable import Relevance

@Suite struct FoldingRemarkTests {
    /// A ResNet as an exporter folds it, and as one leaves it that keeps its normalisation.
    @Test func saidOfFoldedFilesOnly() throws {
        let kept = try Architectures.network(FormulaTensors(architecture: "cifar_resnet20"), architecture: "cifar_resnet20")
        var imported = kept
        imported.architecture = "onnx"
        #expect(Composite.vital.foldingRemark(on: imported) == nil)
        imported.graph = kept.graph.foldingBatchNormalization(keeping: [])
        for composite in [Composite.vital, .vitalConserving, .transformer] {
            let remark = try #require(composite.foldingRemark(on: imported))
            #expect(remark.contains("“\(composite.name)”") && remark.contains("epsilon-plus"))
        }
        for composite in [Composite.epsilonPlus, .gradientTimesInput] { #expect(composite.foldingRemark(on: imported) == nil) }
        // Of a checkpoint it is known that nobody folded anything.
        imported.architecture = "vgg16"
        #expect(Composite.vital.foldingRemark(on: imported) == nil)
    }
}
