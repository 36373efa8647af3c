import COneDNN
import Tensors
import Testing

/// The library's interface differs between versions 2 and 3, and the choice is made when Vitrine is compiled.
@Suite struct OneDNNTests {
    @Test func `the library that runs is that of the headers`() {
        #expect(OneDNN.version.hasPrefix("oneDNN \(DNNL_VERSION_MAJOR).\(DNNL_VERSION_MINOR)."))
    }
}
