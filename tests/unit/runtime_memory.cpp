// Buffers and the pool behind them. Counts of system allocations are checked only where the pool is on.

#include <catch2/catch.hpp>
#include <algorithm>
#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/executable/abi.h"
#include "runtime/memory/buffer.h"
#include "runtime/memory/pool.h"
#include "runtime/memory/slabs.h"

using namespace etch;
using namespace etch::runtime;

TEST_CASE("a buffer is aligned, sized and counted", "[memory]") {
  for (size_t bytes : std::vector<size_t>{0, 1, 63, 64, 65, 1000, 1 << 20, 5 << 20}) {
    BufferRef buffer = BufferRef::allocate(bytes);
    CHECK(buffer->bytes() == bytes);
    CHECK(reinterpret_cast<uintptr_t>(buffer->data()) % kBufferAlignment == 0);
    std::memset(buffer->data(), 0x5a, bytes);  // ASan checks the extent
    CHECK(buffer.use_count() == 1);
    const BufferRef second = buffer;
    CHECK(buffer.use_count() == 2);
    CHECK(second == buffer);
    BufferRef moved = std::move(buffer);
    CHECK(moved.use_count() == 2);
    CHECK_FALSE(buffer);
    CHECK(buffer.use_count() == 0);
  }
}

TEST_CASE("assignment keeps counts right", "[memory]") {
  BufferRef a = BufferRef::allocate(10), b = BufferRef::allocate(10);
  const BufferRef watch_a = a, watch_b = b;
  a = b;
  CHECK(watch_a.use_count() == 1);
  CHECK(watch_b.use_count() == 3);
  BufferRef &alias = a;
  a = alias;
  CHECK(watch_b.use_count() == 3);
  a.reset();
  CHECK(watch_b.use_count() == 2);
}

TEST_CASE("zeroed buffers are zero, also when recycled", "[memory]") {
  for (int round = 0; round < 2; ++round) {
    BufferRef buffer = BufferRef::allocate_zeroed(777);
    for (size_t i = 0; i < 777; ++i) REQUIRE(buffer->data()[i] == std::byte{0});
    std::memset(buffer->data(), 0xff, 777);
  }
}

TEST_CASE("statistics follow what is in use", "[memory]") {
  trim();
  reset_peak_memory();
  const MemoryStatistics before = memory_statistics();
  {
    const BufferRef a = BufferRef::allocate(1 << 20);
    {
      const BufferRef b = BufferRef::allocate(1 << 20);
      CHECK(memory_statistics().bytes_in_use == before.bytes_in_use + (2 << 20));
    }
    CHECK(memory_statistics().bytes_in_use == before.bytes_in_use + (1 << 20));
  }
  const MemoryStatistics after = memory_statistics();
  CHECK(after.bytes_in_use == before.bytes_in_use);
  CHECK(after.peak_bytes_in_use == before.bytes_in_use + (2 << 20));
  reset_peak_memory();
  CHECK(memory_statistics().peak_bytes_in_use == before.bytes_in_use);
  // Small buffers, which a thread counts privately, reach the peak as well.
  {
    const BufferRef small = BufferRef::allocate(640);
  }
  CHECK(memory_statistics().peak_bytes_in_use == before.bytes_in_use + 640);
}

TEST_CASE("a repeated step allocates nothing after the first time", "[memory]") {
  if (!pool_enabled()) return;
  const auto step = [] {
    std::vector<BufferRef> live;
    for (size_t bytes : std::vector<size_t>{100, 4096, 70000, 3 << 20, 20 << 20})
      live.push_back(BufferRef::allocate(bytes));
  };
  step();
  const MemoryStatistics first = memory_statistics();
  for (int i = 0; i < 100; ++i) step();
  CHECK(memory_statistics().system_allocations == first.system_allocations);
  CHECK(memory_statistics().system_frees == first.system_frees);
}

TEST_CASE("trim gives cached blocks back", "[memory]") {
  if (!pool_enabled()) return;
  {
    const BufferRef small = BufferRef::allocate(1000), large = BufferRef::allocate(8 << 20);
  }
  CHECK(memory_statistics().bytes_cached >= (8 << 20));
  const uint64_t freed = memory_statistics().system_frees;
  trim();
  CHECK(memory_statistics().bytes_cached == 0);
  CHECK(memory_statistics().system_frees >= freed + 2);
}

TEST_CASE("the cache does not outgrow what was once in use", "[memory]") {
  if (!pool_enabled()) return;
  trim();
  reset_peak_memory();
  // Forty sizes, none reused: 2 GB would stay cached without a limit. The pages are never touched.
  for (size_t megabytes = 10; megabytes < 1000; megabytes += megabytes / 4) BufferRef::allocate(megabytes << 20);
  const MemoryStatistics now = memory_statistics();
  CHECK(now.bytes_cached <= std::max<uint64_t>(256 << 20, now.peak_bytes_in_use) + (8 << 20));
  trim();
}

TEST_CASE("absurd sizes are errors that name them", "[memory]") {
  CHECK_THROWS_AS(BufferRef::allocate(size_t{1} << 60), UserError);
  CHECK_THROWS_WITH(BufferRef::allocate(~size_t{0}), Catch::Matchers::Contains("18446744073709551615 bytes"));
}

TEST_CASE("buffers are freed on other threads", "[memory]") {
  const MemoryStatistics before = memory_statistics();
  std::atomic<bool> intact = true;
  const auto worker = [&](int index, std::vector<BufferRef> &inbox, std::vector<BufferRef> &outbox) {
    for (const BufferRef &buffer : inbox)
      for (size_t i = 0; i < buffer->bytes(); ++i)
        if (buffer->data()[i] != static_cast<std::byte>(buffer->bytes())) intact = false;
    inbox.clear();
    std::mt19937 random(static_cast<unsigned>(index));
    for (int i = 0; i < 2000; ++i) {
      BufferRef buffer = BufferRef::allocate(random() % 5000);
      std::memset(buffer->data(), static_cast<int>(static_cast<uint8_t>(buffer->bytes())), buffer->bytes());
      outbox.push_back(std::move(buffer));
    }
  };
  std::vector<std::vector<BufferRef>> boxes(5);
  for (int round = 0; round < 5; ++round) {
    std::vector<std::vector<BufferRef>> next(5);
    std::vector<std::thread> threads;
    for (size_t t = 0; t < 5; ++t)
      threads.emplace_back([&, t] { worker(round * 5 + static_cast<int>(t), boxes[t], next[(t + 1) % 5]); });
    for (std::thread &thread : threads) thread.join();
    boxes = std::move(next);
  }
  boxes.clear();
  CHECK(intact);
  CHECK(memory_statistics().bytes_in_use == before.bytes_in_use);
}

TEST_CASE("one buffer shared by many threads is freed once", "[memory]") {
  const MemoryStatistics before = memory_statistics();
  for (int round = 0; round < 200; ++round) {
    BufferRef shared = BufferRef::allocate(256);
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([copy = shared] {
        for (int i = 0; i < 100; ++i) BufferRef another = copy;
      });
    shared.reset();
    for (std::thread &thread : threads) thread.join();
  }
  CHECK(memory_statistics().bytes_in_use == before.bytes_in_use);
}

TEST_CASE("scratch is counted while its thread lives") {
  const size_t before = scratch_bytes();
  std::thread([&] {
    REQUIRE(etch_rt_scratch(3 << 20));
    CHECK(scratch_bytes() == before + (4 << 20));  // whole huge pages
    REQUIRE(etch_rt_scratch(1 << 20));
    CHECK(scratch_bytes() == before + (4 << 20));
    REQUIRE(etch_rt_scratch(7 << 20));
    CHECK(scratch_bytes() == before + (8 << 20));
  }).join();
  CHECK(scratch_bytes() == before);
}

TEST_CASE("blocks of slabs do not overlap, and their memory comes back", "[memory]") {
  struct Block {
    char *memory;
    size_t bytes;
    char mark;
  };
  std::mt19937 random(1);
  std::vector<Block> blocks;
  const auto is_whole = [](const Block &block) {
    return std::all_of(block.memory, block.memory + block.bytes, [&](char byte) { return byte == block.mark; });
  };
  for (int round = 0; round < 300; ++round) {
    if (blocks.size() > 20 || (random() % 3 == 0 && !blocks.empty())) {
      std::swap(blocks[random() % blocks.size()], blocks.back());
      REQUIRE(is_whole(blocks.back()));
      Slabs::free(blocks.back().memory, blocks.back().bytes);
      blocks.pop_back();
    } else {
      const size_t bytes = (256 << 10) + random() % (3 << 20);
      auto *memory = static_cast<char *>(Slabs::allocate(bytes));
      REQUIRE(memory);
      REQUIRE(reinterpret_cast<uintptr_t>(memory) % kBufferAlignment == 0);
      std::memset(memory, round, bytes);
      blocks.push_back({memory, bytes, static_cast<char>(round)});
    }
  }
  for (const Block &block : blocks) Slabs::free(block.memory, block.bytes);
  // What comes back from the system is zero.
  constexpr size_t kBytes = 4 * kHugePage;
  auto *memory = static_cast<char *>(Slabs::allocate(kBytes));
  std::memset(memory, 1, kBytes);
  Slabs::free(memory, kBytes);
  auto *again = static_cast<char *>(Slabs::allocate(kBytes));
  REQUIRE(again == memory);
  char *page = again + (kHugePage - reinterpret_cast<uintptr_t>(again) % kHugePage) % kHugePage;
  CHECK(std::all_of(page, page + 3 * kHugePage, [](char byte) { return byte == 0; }));
  Slabs::free(again, kBytes);
}
