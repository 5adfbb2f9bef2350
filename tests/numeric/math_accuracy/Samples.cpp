//===- Samples.cpp --------------------------------------------------------===//

#include "Samples.h"

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

namespace etch::accuracy {

namespace {
/// splitmix64 (Steele, Lea & Flood 2014): the same samples on every machine.
struct Random {
  uint64_t state = 42;
  uint64_t next() {
    uint64_t z = (state += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  double uniform(double low, double high) { return low + (high - low) * 0x1p-53 * double(next() >> 11); }
};

template <typename T> using Pattern = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
}  // namespace

template <typename T> static T anyNumber(Random &random) { return std::bit_cast<T>(Pattern<T>(random.next())); }

template <typename T> static void samplePow(Random &random, Samples<T> &out, size_t count) {
  const double largest = std::numeric_limits<T>::max_exponent * 0.7;
  for (size_t i = 0; i < count; ++i) {
    double x = 0, y = 0;
    switch (i % 4) {
      case 0:  // any base, an exponent which gives a result in range
        x = std::abs(anyNumber<T>(random));
        y = random.uniform(-1.1 * largest, 1.1 * largest) / std::log(x);
        break;
      case 1:  // near 1, where the exponent magnifies most
        x = 1 + random.uniform(-1, 1) * std::ldexp(1, -int(random.next() % 24));
        y = random.uniform(-largest, largest) / std::log(T(x));
        break;
      case 2:  // small integers as exponents, bases of both signs
        x = random.uniform(-20, 20);
        y = double(int64_t(random.next() % 41) - 20);
        break;
      case 3:
        x = anyNumber<T>(random);
        y = random.next() % 2 ? double(anyNumber<T>(random)) : random.uniform(-3, 3);
        break;
    }
    out.x.push_back(T(x));
    out.y.push_back(T(y));
  }
}

template <typename T> static void sampleAtan2(Random &random, Samples<T> &out, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    T x = anyNumber<T>(random);
    T y = anyNumber<T>(random);
    if (i % 2) {  // like magnitudes
      x = T(random.uniform(-1, 1));
      y = T(std::ldexp(random.uniform(-1, 1), int(random.next() % 60) - 30));
    }
    out.x.push_back(x);
    out.y.push_back(y);
  }
}

template <typename T> Samples<T> sample(const Function &function, size_t count) {
  Random random;
  Samples<T> out;
  if (function.fn == MathFn::Pow) {
    samplePow(random, out, 2 * count);
    return out;
  }
  if (function.fn == MathFn::Atan2) {
    sampleAtan2(random, out, 2 * count);
    return out;
  }
  using Bits = Pattern<T>;
  const Bits stride = std::numeric_limits<Bits>::max() / Bits(count) | 1;
  Bits bits = 0;
  for (size_t i = 0; i < count; ++i, bits += stride) out.x.push_back(std::bit_cast<T>(bits));
  for (size_t i = 0; i < count / 2; ++i) out.x.push_back(T(random.uniform(function.low, function.high)));
  // Every size between 2^-60 and 2^10 around 0 and around 1.
  for (size_t i = 0; i < count / 2; ++i) {
    const double offset = std::ldexp(random.uniform(-1, 1), 10 - int(random.next() % 70));
    out.x.push_back(T(i % 2 ? offset : 1 + offset));
  }
  out.y.assign(out.x.size(), T(0));
  return out;
}

template Samples<float> sample<float>(const Function &, size_t);
template Samples<double> sample<double>(const Function &, size_t);

}  // namespace etch::accuracy
