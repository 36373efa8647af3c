import Testing

@testable import Tensors

struct LayoutTests {
    private static func values(_ count: Int) -> [Float] { (0..<count).map { Float($0 + 1) } }

    @Test(arguments: [1, 3, 15, 16, 17, 40], [1, 3])
    func packingPlacesSixteenChannelsSideBySide(_ channels: Int, batch: Int) {
        let shape: Shape = [channels, 3, 5]
        let blocks = (channels + 15) / 16
        #expect(Layout.blocks(channels) == blocks)
        let count = Layout.blocked.count(batch: batch, shape)
        #expect(count == batch * blocks * 16 * 15)
        let plain = Self.values(batch * shape.count)
        var packed = [Float](repeating: .nan, count: count)
        Layout.blocked.pack(plain, batch: batch, shape, into: &packed)
        for image in 0..<batch {
            for channel in 0..<blocks * 16 {
                for position in 0..<15 {
                    let found = packed[((image * blocks + channel / 16) * 15 + position) * 16 + channel % 16]
                    let expected = channel < channels ? plain[(image * channels + channel) * 15 + position] : 0
                    #expect(found == expected, "image \(image), channel \(channel), position \(position)")
                }
            }
        }
        var unpacked = [Float](repeating: .nan, count: plain.count)
        Layout.blocked.unpack(packed, batch: batch, shape, into: &unpacked)
        #expect(unpacked == plain)
    }

    @Test func `narrow blocks hold eight channels, and as many values`() {
        let shape: Shape = [48, 3, 5], plain = Self.values(2 * 48 * 15)
        let count = Layout.narrow.count(batch: 2, shape)
        #expect(count == Layout.blocked.count(batch: 2, shape))
        var packed = [Float](repeating: .nan, count: count), unpacked = [Float](repeating: .nan, count: count)
        Layout.narrow.pack(plain, batch: 2, shape, into: &packed)
        for image in 0..<2 {
            for channel in 0..<48 {
                for position in 0..<15 {
                    let found = packed[((image * 6 + channel / 8) * 15 + position) * 8 + channel % 8]
                    #expect(found == plain[(image * 48 + channel) * 15 + position])
                }
            }
        }
        Layout.narrow.unpack(packed, batch: 2, shape, into: &unpacked)
        #expect(unpacked == plain)
    }

    @Test func thePlainLayoutIsACopy() {
        let plain = Self.values(2 * 3 * 4)
        var copy = [Float](repeating: 0, count: plain.count)
        Layout.plain.pack(plain, batch: 2, [3, 2, 2], into: &copy)
        #expect(copy == plain && Layout.plain.count(batch: 2, [3, 2, 2]) == plain.count)
        var back = [Float](repeating: 0, count: plain.count)
        Layout.plain.unpack(copy, batch: 2, [3, 2, 2], into: &back)
        #expect(back == plain)
    }
}
