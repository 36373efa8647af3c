"""The golden values of `RandomSourceTests`: xoshiro256++ seeded through SplitMix64, after its authors' C code."""
import math

MASK = (1 << 64) - 1


def rotate(x, k):
    return (x << k | x >> (64 - k)) & MASK


class Source:
    def __init__(self, seed, stream=""):
        hashed = 0xCBF29CE484222325
        for byte in stream.encode():
            hashed = (hashed ^ byte) * 0x100000001B3 & MASK
        mixer = seed ^ hashed
        self.s = []
        for _ in range(4):
            mixer = (mixer + 0x9E3779B97F4A7C15) & MASK
            z = mixer
            z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
            z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
            self.s.append(z ^ z >> 31)

    def next(self):
        s = self.s
        result = (rotate((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        shifted = s[1] << 17 & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotate(s[3], 45)
        return result

    def uniform(self):
        return (self.next() >> 40) * 2.0**-24

    def normal_pair(self):
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        angle = 2 * math.pi * self.uniform()
        return [radius * math.cos(angle), radius * math.sin(angle)]


if __name__ == "__main__":
    def draw(seed, stream):
        source = Source(seed, stream)
        return "[" + ", ".join(f"0x{source.next():016x}" for _ in range(4)) + "]"

    print("EMPTY", draw(0, ""))
    print("NAMED", draw(7, "prototype/class/3"))
    source = Source(7, "normal")
    print("NORMAL", [round(v, 8) for v in source.normal_pair() + source.normal_pair()])
