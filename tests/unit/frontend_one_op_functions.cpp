// The cache of eager ops: bounded, whatever shapes come, and found without a lock while others insert.
#include <atomic>
#include <random>
#include <thread>

#include <catch2/catch.hpp>

#include "frontend/function/one_op_functions.h"

using namespace etch;
using namespace etch::detail;

namespace {

OpKey key_of(uint64_t shape) {
  OpKey key;
  key.add(shape);
  return key;
}

std::shared_ptr<CompiledProgram> program(int number) {
  auto compiled = std::make_shared<CompiledProgram>();
  compiled->program.num_outputs = number;
  return compiled;
}

const OpKey kOp(ir::OpCode::slice);

}  // namespace

TEST_CASE("100,000 shapes of an op keep a bounded number of functions") {
  auto functions = std::make_unique<OneOpFunctions>(64);
  std::vector<std::weak_ptr<const CompiledProgram>> made;
  for (int shape = 0; shape < 100'000; ++shape) {
    auto compiled = program(shape);
    made.push_back(compiled);
    functions->insert(kOp, key_of(static_cast<uint64_t>(shape)), std::move(compiled));
    // Used all the time, so never the oldest.
    CallScope frame;
    const OneOpFunctions::Entry *first = functions->find(kOp, key_of(0), *frame);
    REQUIRE(first);
    REQUIRE(first->compiled->program.num_outputs == 0);
  }
  CHECK(functions->size() == 64);
  CHECK(std::count_if(made.begin(), made.end(), [](auto &each) { return !each.expired(); }) == 64);
  // The others that are left are the latest.
  CHECK(made[0].lock());
  CHECK(made[1].expired());
  CHECK(made[made.size() - 64].expired());
  CHECK(made[made.size() - 63].lock());
}

TEST_CASE("a function that was evicted lives until the call that found it is over") {
  OneOpFunctions functions(1);
  functions.insert(kOp, key_of(1), program(1));
  std::weak_ptr<const CompiledProgram> known;
  {
    CallScope frame;
    const OneOpFunctions::Entry *found = functions.find(kOp, key_of(1), *frame);
    known = found->compiled;
    functions.insert(kOp, key_of(2), program(2));
    CallScope other;
    CHECK(!functions.find(kOp, key_of(1), *other));
    CHECK(found->compiled->program.num_outputs == 1);
  }
  functions.insert(kOp, key_of(3), program(3));
  CHECK(known.expired());
}

TEST_CASE("two functions of one key: the first stays") {
  OneOpFunctions functions(4);
  functions.insert(kOp, key_of(1), program(1));
  functions.insert(kOp, key_of(1), program(2));
  CallScope frame;
  CHECK(functions.find(kOp, key_of(1), *frame)->compiled->program.num_outputs == 1);
  CHECK(functions.size() == 1);
}

TEST_CASE("threads find, insert and evict at once") {
  OneOpFunctions functions(32);
  std::atomic<int> wrong = 0, hits = 0;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      std::minstd_rand random(t + 1);
      for (int i = 0; i < 5000; ++i) {
        const int shape = static_cast<int>(random() % 80);
        CallScope frame;
        if (const OneOpFunctions::Entry *found = functions.find(kOp, key_of(static_cast<uint64_t>(shape)), *frame)) {
          wrong += found->compiled->program.num_outputs != shape;
          ++hits;
        } else {
          functions.insert(kOp, key_of(static_cast<uint64_t>(shape)), program(shape));
        }
      }
    });
  for (std::thread &thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(hits > 0);
  CHECK(functions.size() == 32);
}
