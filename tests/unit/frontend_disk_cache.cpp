// The folder of entries by key.
#include "frontend/function/disk_cache.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include <catch2/catch.hpp>

#include "tests/unit/io_temporary.h"

using etch::detail::DiskCache;
namespace fs = std::filesystem;

TEST_CASE("what was stored is found, by its key only") {
  TemporaryDirectory folder;
  DiskCache cache(folder.path() / "deep/er", 1 << 20);
  CHECK_FALSE(cache.find("a"));
  cache.store("a", "one");
  cache.store("b", "");
  CHECK(cache.find("a") == "one");
  CHECK(cache.find("b") == "");
  CHECK_FALSE(cache.find("c"));
  cache.store("a", std::string("two\0three", 9));
  CHECK(cache.find("a") == std::string("two\0three", 9));
  CHECK(DiskCache(cache.folder(), 1 << 20).find("a") == std::string("two\0three", 9));
}

TEST_CASE("a file that a killed process of the same number left is not in the way") {
  TemporaryDirectory folder;
  DiskCache cache(folder.path(), 1 << 20);
  for (int i = 0; i < 1000; ++i) folder.write("unfinished-" + std::to_string(getpid()) + '-' + std::to_string(i), "");
  cache.store("a", "one");
  CHECK(cache.find("a") == "one");
}

TEST_CASE("two keys of one hash never take each other's value") {
  TemporaryDirectory folder;
  DiskCache cache(folder.path(), 1 << 20);
  cache.store("a", "one");
  fs::copy_file(cache.path_of("a"), cache.path_of("b"));
  CHECK_FALSE(cache.find("b"));
  cache.store("b", "two");
  CHECK(cache.find("b") == "two");
  CHECK(cache.find("a") == "one");
}

TEST_CASE("an entry with any byte changed or missing is none") {
  TemporaryDirectory folder;
  DiskCache cache(folder.path(), 1 << 20);
  cache.store("the key", "the value");
  const std::string name = fs::path(cache.path_of("the key")).filename();
  std::ifstream file(cache.path_of("the key"), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    folder.write(name, changed);
    CHECK_FALSE(cache.find("the key"));
    folder.write(name, whole.substr(0, i));
    CHECK_FALSE(cache.find("the key"));
    CHECK_FALSE(fs::exists(folder.path() / name));
  }
  folder.write(name, whole);
  CHECK(cache.find("the key") == "the value");
}

TEST_CASE("the longest unused entries go first") {
  TemporaryDirectory folder;
  DiskCache cache(folder.path(), 100'000);
  const std::string value(20'000, 'x');
  auto age = [&](const std::string &key, int hours) {
    fs::last_write_time(cache.path_of(key), fs::file_time_type::clock::now() - std::chrono::hours(hours));
  };
  for (std::string key : {"a", "b", "c", "d"}) cache.store(key, value);
  for (int i = 0; i < 4; ++i) age(std::string(1, static_cast<char>('a' + i)), 10 - i);
  CHECK(cache.find("a"));  // now it is the youngest
  cache.store("e", value);
  cache.trim();
  CHECK(cache.find("a"));
  CHECK_FALSE(cache.find("b"));
  CHECK(cache.find("c"));
  CHECK(cache.find("e"));
}

TEST_CASE("what a writer left unfinished goes when nobody can be writing it") {
  TemporaryDirectory folder;
  DiskCache cache(folder.path(), 1 << 20);
  cache.store("a", "one");
  folder.write("unfinished-1-0", "new");
  fs::last_write_time(folder.write("unfinished-2-0", "old"), fs::file_time_type::clock::now() - std::chrono::hours(2));
  folder.write("notes.txt", "not ours");
  cache.trim();
  CHECK(fs::exists(folder.path() / "unfinished-1-0"));
  CHECK_FALSE(fs::exists(folder.path() / "unfinished-2-0"));
  CHECK(fs::exists(folder.path() / "notes.txt"));
  CHECK(cache.find("a") == "one");
}

TEST_CASE("a disk that is full keeps what it has, and gets no part of an entry") {
  TemporaryDirectory folder;
  DiskCache cache(folder.path(), 1 << 20);
  cache.store("a", "one");
  rlimit unlimited{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &unlimited) == 0);
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);  // writes fail instead, after the first 4,096 bytes
  const rlimit full{4096, unlimited.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &full) == 0);
  cache.store("a", std::string(10'000, 'x'));
  cache.store("b", std::string(10'000, 'x'));
  setrlimit(RLIMIT_FSIZE, &unlimited);
  std::signal(SIGXFSZ, previous);
  CHECK(cache.find("a") == "one");
  CHECK_FALSE(cache.find("b"));
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("entries of other users, and links, are not taken") {
  TemporaryDirectory folder;
  DiskCache cache(folder.path(), 1 << 20);
  cache.store("a", "one");
  const fs::path path = cache.path_of("a"), elsewhere = folder.path() / "elsewhere";
  fs::rename(path, elsewhere);
  fs::create_symlink(elsewhere, path);
  CHECK_FALSE(cache.find("a"));
  cache.store("a", "two");  // in place of the link
  CHECK(cache.find("a") == "two");
  if (geteuid() != 0) {
    WARN("skipped: only root can give a file to another user");
    return;
  }
  REQUIRE(chown(path.c_str(), 12345, static_cast<gid_t>(-1)) == 0);
  CHECK_FALSE(cache.find("a"));
  CHECK(fs::exists(path));
  cache.store("a", "three");
  CHECK(cache.find("a") == "three");
}
