#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

#include <ridge/core/error.hpp>

namespace ridge {

/// ridge's source of random numbers: xoshiro256++ (Blackman and Vigna, 2019), seeded by SplitMix64.
///
/// The standard library's engines are portable but its distributions and its shuffle are not. Here
/// a seed means the same numbers with every compiler, standard library and machine: each step is an
/// integer operation, a single correctly rounded one, or an explicit `std::fma`.
class Random {
 public:
  using result_type = std::uint64_t;

  explicit constexpr Random(std::uint64_t seed = 0) {
    for (auto& word : state_) {
      seed += 0x9e3779b97f4a7c15u;
      word = mix(seed);
    }
  }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }

  /// 64 random bits.
  constexpr result_type operator()() {
    auto& s = state_;
    const std::uint64_t result = std::rotl(s[0] + s[3], 23) + s[0];
    const std::uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = std::rotl(s[3], 45);
    return result;
  }

  /// Another generator, independent of this one and of every other `stream`; this one is unchanged.
  constexpr Random split(std::uint64_t stream) const {
    return Random(mix(state_[0] ^ mix(stream + 0x9e3779b97f4a7c15u)) ^ state_[3]);
  }

  /// A uniform integer in [0, bound), without bias (Lemire, 2019); bound > 0.
  constexpr std::uint64_t below(std::uint64_t bound) {
    if (bound <= 0xffffffffu) {
      std::uint64_t product = ((*this)() >> 32) * bound;
      if ((product & 0xffffffffu) < bound) {
        const std::uint64_t threshold = (0x100000000u - bound) % bound;
        while ((product & 0xffffffffu) < threshold) product = ((*this)() >> 32) * bound;
      }
      return product >> 32;
    }
    const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(bound - 1);
    std::uint64_t candidate = (*this)() & mask;
    while (candidate >= bound) candidate = (*this)() & mask;
    return candidate;
  }

  /// A uniform number in [0, 1): a multiple of 2^-53.
  constexpr double uniform() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

  /// A uniform number in [low, high).
  double uniform(double low, double high) { return std::fma(high - low, uniform(), low); }

  /// A standard normal number: the inverse of the distribution function at a uniform one, by
  /// Wichura's rational approximations (Algorithm AS 241, 1988; relative error about 1e-16).
  double normal() {
    // The middle of one of 2^52 equal intervals: never 0 or 1, exact, and symmetric about 1/2.
    const double p = (static_cast<double>((*this)() >> 12) + 0.5) * 0x1p-52;
    return normal_quantile(p);
  }

  /// Puts the elements into a random order: Fisher and Yates, from the end.
  template <class Range>
  constexpr void shuffle(Range& range) {
    using std::swap;
    for (auto n = static_cast<std::uint64_t>(std::size(range)); n > 1; --n)
      swap(range[n - 1], range[below(n)]);
  }

  /// All that it remembers.
  constexpr const std::array<std::uint64_t, 4>& state() const { return state_; }

  /// A generator with this state.
  /// @throws ValueError for four zeros, of which it would never make anything else
  static Random from_state(const std::array<std::uint64_t, 4>& state) {
    if (state == std::array<std::uint64_t, 4>{})
      throw ValueError("Random: a state of four zeros is none");
    Random random;
    random.state_ = state;
    return random;
  }

  friend constexpr bool operator==(const Random&, const Random&) = default;

 private:
  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// c[0] + c[1] x + c[2] x^2 + ...
  template <std::size_t N>
  static double polynomial(const std::array<double, N>& c, double x) {
    double sum = c[N - 1];
    for (std::size_t i = N - 1; i-- > 0;) sum = std::fma(sum, x, c[i]);
    return sum;
  }

  /// log(x) for 0 < x < 1, the same bits everywhere (the C library's differ): with x = m 2^e and
  /// s = (m-1)/(m+1), log x = e log 2 + 2 (s + s^3/3 + s^5/5 + ...); |s| < 0.172.
  static double logarithm(double x) {
    int e = 0;
    double m = std::frexp(x, &e);
    if (m < 0.70710678118654752) {
      m *= 2;
      --e;
    }
    const double s = (m - 1) / (m + 1), z = s * s;
    double sum = 1.0 / 23;
    for (int k = 21; k >= 1; k -= 2) sum = std::fma(sum, z, 1.0 / k);
    return std::fma(static_cast<double>(e), 0.69314718055994531, 2 * s * sum);
  }

  static double normal_quantile(double p) {
    constexpr std::array a{3.3871328727963666080e0,  1.3314166789178437745e+2,
                           1.9715909503065514427e+3, 1.3731693765509461125e+4,
                           4.5921953931549871457e+4, 6.7265770927008700853e+4,
                           3.3430575583588128105e+4, 2.5090809287301226727e+3};
    constexpr std::array b{1.0,
                           4.2313330701600911252e+1,
                           6.8718700749205790830e+2,
                           5.3941960214247511077e+3,
                           2.1213794301586595867e+4,
                           3.9307895800092710610e+4,
                           2.8729085735721942674e+4,
                           5.2264952788528545610e+3};
    constexpr std::array c{1.42343711074968357734e0,  4.63033784615654529590e0,
                           5.76949722146069140550e0,  3.64784832476320460504e0,
                           1.27045825245236838258e0,  2.41780725177450611770e-1,
                           2.27238449892691845833e-2, 7.74545014278341407640e-4};
    constexpr std::array d{1.0,
                           2.05319162663775882187e0,
                           1.67638483018380384940e0,
                           6.89767334985100004550e-1,
                           1.48103976427480074590e-1,
                           1.51986665636164571966e-2,
                           5.47593808499534494600e-4,
                           1.05075007164441684324e-9};
    constexpr std::array e{6.65790464350110377720e0,  5.46378491116411436990e0,
                           1.78482653991729133580e0,  2.96560571828504891230e-1,
                           2.65321895265761230930e-2, 1.24266094738807843860e-3,
                           2.71155556874348757815e-5, 2.01033439929228813265e-7};
    constexpr std::array f{1.0,
                           5.99832206555887937690e-1,
                           1.36929880922735805310e-1,
                           1.48753612908506148525e-2,
                           7.86869131145613259100e-4,
                           1.84631831751005468180e-5,
                           1.42151175831644588870e-7,
                           2.04426310338993978564e-15};
    const double q = p - 0.5;
    if (std::abs(q) <= 0.425) {
      const double r = std::fma(-q, q, 0.180625);
      return q * polynomial(a, r) / polynomial(b, r);
    }
    const double r = std::sqrt(-logarithm(q < 0 ? p : 1 - p));
    const double tail = r <= 5 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6)
                               : polynomial(e, r - 5) / polynomial(f, r - 5);
    return q < 0 ? -tail : tail;
  }

  std::array<std::uint64_t, 4> state_;
};

}  // namespace ridge
