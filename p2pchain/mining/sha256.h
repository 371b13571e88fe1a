/* SHA-256 (FIPS 180-4) of one 64-byte block, from a given state: portable, and with the SHA instructions of x86-64. */

#ifndef P2PCHAIN_SHA256_H
#define P2PCHAIN_SHA256_H

#include <stdint.h>

static const uint32_t SHA256_START[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static const uint32_t SHA256_ROUND[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define ROTATE(x, n) (((x) >> (n)) | ((x) << (32 - (n))))

/* `words` are the block's sixteen, as numbers. */
static void sha256_portable(const uint32_t state[8], const uint32_t words[16], uint32_t out[8])
{
    uint32_t w[64];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

    for (int i = 0; i < 16; i++)
        w[i] = words[i];
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = ROTATE(w[i - 15], 7) ^ ROTATE(w[i - 15], 18) ^ (w[i - 15] >> 3);
        uint32_t s1 = ROTATE(w[i - 2], 17) ^ ROTATE(w[i - 2], 19) ^ (w[i - 2] >> 10);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = ROTATE(e, 6) ^ ROTATE(e, 11) ^ ROTATE(e, 25);
        uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + SHA256_ROUND[i] + w[i];
        uint32_t s0 = ROTATE(a, 2) ^ ROTATE(a, 13) ^ ROTATE(a, 22);
        uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    out[0] = state[0] + a, out[1] = state[1] + b, out[2] = state[2] + c, out[3] = state[3] + d;
    out[4] = state[4] + e, out[5] = state[5] + f, out[6] = state[6] + g, out[7] = state[7] + h;
}

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define SHA256_HAS_NI 1
#include <cpuid.h>
#include <immintrin.h>

static int sha256_ni_supported(void)
{
    unsigned int a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b >> 29 & 1))
        return 0;
    return __get_cpuid(1, &a, &b, &c, &d) && (c >> 19 & 1) && (c >> 9 & 1);
}

#define SHA256_NI __attribute__((target("sha,sse4.1,ssse3"), always_inline)) static inline

/* A state as the instructions want it: ABEF and CDGH. */
typedef struct {
    __m128i abef, cdgh;
} sha256_ni_state;

SHA256_NI sha256_ni_state sha256_ni_load(const uint32_t state[8])
{
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&state[0]), 0xB1);
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)&state[4]), 0x1B);
    sha256_ni_state s;
    s.abef = _mm_alignr_epi8(low, high, 8);
    s.cdgh = _mm_blend_epi16(high, low, 0xF0);
    return s;
}

SHA256_NI void sha256_ni_store(sha256_ni_state s, uint32_t out[8])
{
    __m128i low = _mm_shuffle_epi32(s.abef, 0x1B);
    __m128i high = _mm_shuffle_epi32(s.cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)&out[0], _mm_blend_epi16(low, high, 0xF0));
    _mm_storeu_si128((__m128i *)&out[4], _mm_alignr_epi8(high, low, 8));
}

SHA256_NI void sha256_ni_rounds(sha256_ni_state *s, __m128i words, int round)
{
    __m128i sum = _mm_add_epi32(words, _mm_load_si128((const __m128i *)&SHA256_ROUND[round]));
    s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, sum);
    s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(sum, 0x0E));
}

SHA256_NI __m128i sha256_ni_schedule(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
    return _mm_sha256msg2_epu32(sum, w3);
}

/* Two blocks at once, from one state: the latency of one hides behind the other. */
__attribute__((target("sha,sse4.1,ssse3"))) static void sha256_ni_pair(
    const uint32_t state[8], const uint32_t first[16], const uint32_t second[16], uint32_t out[2][8])
{
    const sha256_ni_state start = sha256_ni_load(state);
    sha256_ni_state s = start, t = start;
    __m128i v[4], w[4];

    for (int i = 0; i < 4; i++) {
        v[i] = _mm_loadu_si128((const __m128i *)&first[4 * i]);
        w[i] = _mm_loadu_si128((const __m128i *)&second[4 * i]);
        sha256_ni_rounds(&s, v[i], 4 * i);
        sha256_ni_rounds(&t, w[i], 4 * i);
    }
#pragma GCC unroll 12
    for (int i = 4; i < 16; i++) {
        v[i & 3] = sha256_ni_schedule(v[i & 3], v[(i + 1) & 3], v[(i + 2) & 3], v[(i + 3) & 3]);
        w[i & 3] = sha256_ni_schedule(w[i & 3], w[(i + 1) & 3], w[(i + 2) & 3], w[(i + 3) & 3]);
        sha256_ni_rounds(&s, v[i & 3], 4 * i);
        sha256_ni_rounds(&t, w[i & 3], 4 * i);
    }
    s.abef = _mm_add_epi32(s.abef, start.abef), s.cdgh = _mm_add_epi32(s.cdgh, start.cdgh);
    t.abef = _mm_add_epi32(t.abef, start.abef), t.cdgh = _mm_add_epi32(t.cdgh, start.cdgh);
    sha256_ni_store(s, out[0]);
    sha256_ni_store(t, out[1]);
}
#endif

#endif
