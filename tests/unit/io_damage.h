#pragma once
// Files that break on the way: cut short anywhere, or with a few bits flipped.

#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "frontend/io/host_array.h"
#include "runtime/base/error.h"

/// Checks that parse(bytes) of damaged files throws UserError or gives an array whose data are all there; both happen.
template <class Parse> void check_damaged(const std::string &whole, unsigned seed, Parse parse) {
  for (size_t length = 0; length < whole.size(); ++length)
    REQUIRE_THROWS_AS(parse(whole.substr(0, length)), etch::UserError);
  std::mt19937 random(seed);
  int accepted = 0, refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = whole;
    for (unsigned flips = 1 + random() % 4; flips > 0; --flips)
      damaged[random() % damaged.size()] ^= static_cast<char>(1u << random() % 8);
    try {
      const auto array = parse(damaged);
      REQUIRE(array.data->bytes() == array.bytes());
      ++accepted;
    } catch (const etch::UserError &) {
      ++refused;
    }
  }
  CHECK(accepted > 100);
  CHECK(refused > 100);
}
