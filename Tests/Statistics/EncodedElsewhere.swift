// Histograms encoded by another implementation: PyPI's hdrhistogram 0.10.8, whose coder is the C
// one. Made with
//
//   h = HdrHistogram(1, 3_600_000_000_000, 3); h.record_value(VALUE[, COUNT]); h.encode()
//
// and, for the last three, with the range that their comment names.
enum EncodedElsewhere {
    /// No samples.
    static let empty = "HISTFAAAAB14nJNpmSzMgADMUJoRyHQz2LGAwf4DRAAATjkESw=="
    /// 0, 1, 1, 3, 6, 2047, 2048, 2050, 4097, 1,000,000: single empty buckets and long runs.
    static let gaps = """
        HISTFAAAADJ4nJNpmSzMwMAgyAABzFCaEch0M9ixgMH+A0SAiYWRiZnpvTwTE9Nvfqb9dUwAsG0HyQ==
        """
    /// 1 and 3.6·10¹².
    static let extremes = "HISTFAAAACZ4nJNpmSzMwMDAxgABzFCaEch0M9ixgMH+A1SAaXIXCxMAbOkFdw=="
    /// i² · 37 mod 9,999,991 + 500 for i in 1 … 300.
    static let many = """
        HISTFAAAATt4nF3PQSiDcRjH8T3fd5OL1lpamrUkSVosSdJaEiVJkiQtBwcHOTg4SA6LHXZy2EGS4iBphyWtOMpR\
        Tg4ODk4OTiwHBxfP+3/3vttrn/f7e7b3ts6DUjQQoBBwPlb9in6dGrw9C2S/nBfXrbwKn7Af5ChEuYVqiKsgtSDF\
        EHmLS4tHi5rFD5xABe7hGd7hQR/hSXgR3oQP4Vv4FQrYL4vCoVASjoVT4Vy4EMpCRbgR7oSqsMqaWlcbbLKlttUO\
        u+yRF/spCDkmmDSmjRlm1ZyaVwssqiW1zIrKqSFSDJA2pfWXa5gRk220bkxlTBmydeNGki5TQ3eTHpOr1+TqMzn6\
        Tc6mvBwJ2olp9sbq26zDV7O4t3FvHQlvnfyS3iYN59r/M0ybFm66fhHfjXi527h+0X/byN0of96+T7s=
        """
    /// 5·10⁹ times 1500 and 128 times 70,000: counts of more than 32 bits.
    static let large = """
        HISTFAAAAC14nJNpmSzMwMDAzQABzFCaEch0M9ixgMH+A0Rgu3jDifULVM9HNjABAKFkCYo=
        """
    /// 12,345 at two digits.
    static let twoDigits = "HISTFAAAACR4nJNpmSzMwMDAzAABTFCaESjkZrBjAYP9B4jAfz4mAF6FBVw="
    /// 12,345 from 1000 ns on.
    static let microseconds = "HISTFAAAACN4nJNpmSzMwMDAxAABzFDqBRC7GexYwGD/ASKizwQAaNYFaA=="
    /// 12,345 once and 2·10¹³ three times, range up to 3.6·10¹³.
    static let wide = "HISTFAAAACl4nJNpmSzMwMDAzgABzFCakYFBYe9zMwcG+w8QgV4PpvZXzGwAgZcHDA=="
}
