// Code outlives the process that compiled it: other processes find it, and nothing that happens to the folder hurts.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/programs/cache_client/client.h"
#include "tests/unit/io_temporary.h"

using namespace etch::test;

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> entries(const fs::path &folder) {
  std::vector<fs::path> paths;
  if (fs::exists(folder))
    for (const auto &entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".etch") paths.push_back(entry.path());
  return paths;
}

std::string read(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void write(const fs::path &path, const std::string &bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

TEST_CASE("a second process finds what the first has compiled, and loads no LLVM") {
  for (std::string what : {"training", "gemm", "calling", "many 3"}) {
    TemporaryDirectory folder;
    const std::string first = client(in(folder.path()), what), second = client(in(folder.path()), what);
    INFO(what << "\n" << first << second);
    CHECK(has(first, "llvm: loaded"));
    CHECK(has(second, "llvm: not loaded"));
    CHECK_FALSE(has(first, "source: disk"));
    CHECK_FALSE(has(second, "source: compiler"));
    CHECK(results(first) == results(second));
    CHECK(results(first) == results(client("ETCH_CACHE=0", what)));
  }
}

TEST_CASE("errors of code from the cache name the line where the program stands now") {
  TemporaryDirectory folder;
  const std::string here = client(in(folder.path()), "here"), there = client(in(folder.path()), "there");
  INFO(here << there);
  CHECK(has(here, "source: compiler"));
  CHECK(has(there, "source: disk"));
  CHECK(has(there, "llvm: not loaded"));
  auto line = [](const std::string &output) {
    const size_t at = output.find("error: main.cpp:");
    REQUIRE(at != std::string::npos);
    return std::stoi(output.substr(at + 16));
  };
  CHECK(line(there) == line(here) + 6);
  CHECK(has(there, "x must be positive"));
}

TEST_CASE("code that borrows kernels finds them in the stored program that has them, or is compiled again") {
  TemporaryDirectory folder;
  const std::string both = client(in(folder.path()), "both");
  const std::string expected = results(client("ETCH_CACHE=0", "borrower"));
  INFO(both);
  CHECK(results(both) == expected);
  uintmax_t largest = 0;
  fs::path lender;  // has the kernel, and is the larger one for it
  for (const fs::path &path : entries(folder.path()))
    if (fs::file_size(path) > largest) largest = fs::file_size(path), lender = path;
  const std::string alone = client(in(folder.path()), "borrower");
  INFO(alone);
  CHECK(has(alone, "source: disk"));
  CHECK(has(alone, "llvm: not loaded"));
  CHECK(results(alone) == expected);
  REQUIRE(fs::remove(lender));
  const std::string orphaned = client(in(folder.path()), "borrower");
  INFO(orphaned);
  CHECK(has(orphaned, "source: compiler"));
  CHECK(results(orphaned) == expected);
  // What it compiled is whole, and replaces what was not.
  CHECK(has(client(in(folder.path()), "borrower"), "source: disk"));
}

TEST_CASE("explain() says of code from the disk what it says of code just compiled") {
  TemporaryDirectory folder;
  const std::string first = client(in(folder.path()), "explained"), second = client(in(folder.path()), "explained");
  INFO(first << second);
  CHECK(has(first, "source: compiler"));
  CHECK(has(second, "source: disk"));
  CHECK(results(first) == results(second));
  CHECK(has(second, "launched 1 time: reads 128 B, writes 64 B, 128 flop"));
  CHECK(has(second, "dot_general is not in the kernel of div ("));
}

TEST_CASE("ETCH_CACHE=0 and an empty ETCH_CACHE_DIR keep nothing") {
  TemporaryDirectory home;
  const std::string home_setting = "HOME=" + home.path().string();
  client(home_setting + " ETCH_CACHE=0", "many 1");
  client(home_setting + " ETCH_CACHE_DIR=", "many 1");
  CHECK(fs::is_empty(home.path()));
  client(home_setting, "many 1");
  CHECK(entries(home.path() / ".cache/etch").size() == 1);
  TemporaryDirectory xdg;
  client(home_setting + " XDG_CACHE_HOME=" + xdg.path().string(), "many 1");
  CHECK(entries(xdg.path() / "etch").size() == 1);
}

TEST_CASE("a folder that cannot be made or written is no obstacle") {
  CHECK(has(client("HOME=", "many 1"), "llvm: loaded"));
  CHECK(has(client("ETCH_CACHE_DIR=/proc/no/such/place", "many 1"), "llvm: loaded"));
  // Read only: entries are found. (Root may write everywhere; a file that stands in the way stops root, too.)
  TemporaryDirectory folder;
  const fs::path cache = folder.path() / "cache", home = folder.path() / "home";
  CHECK(has(client("HOME=" + home.string(), "many 1"), "llvm: loaded"));
  CHECK_FALSE(fs::exists(home));  // whoever has no home gets none
  client(in(cache), "many 2");
  chmod(cache.c_str(), 0500);
  CHECK(has(client(in(cache), "many 2"), "llvm: not loaded"));
  CHECK(has(client(in(cache), "many 3"), "llvm: loaded"));
  chmod(cache.c_str(), 0700);
  write(folder.path() / "file", "");
  CHECK(has(client(in(folder.path() / "file"), "many 1"), "llvm: loaded"));
}

TEST_CASE("a variable that means nothing is an error that names it") {
  const std::string command = std::string("ETCH_CACHE=maybe ") + ETCH_CACHE_CLIENT + " many 1 2>&1";
  FILE *pipe = popen(command.c_str(), "r");
  std::string output;
  char buffer[4096];
  while (size_t count = fread(buffer, 1, sizeof(buffer), pipe)) output.append(buffer, count);
  CHECK(pclose(pipe) != 0);
  CHECK(has(output, "ETCH_CACHE=maybe"));
}

TEST_CASE("damaged entries are compiled again") {
  TemporaryDirectory folder;
  const std::string whole = client(in(folder.path()), "training");
  const auto paths = entries(folder.path());
  REQUIRE_FALSE(paths.empty());
  std::vector<std::string> contents;
  for (const fs::path &path : paths) contents.push_back(read(path));
  auto damage_all = [&](auto damage) {
    for (size_t i = 0; i < paths.size(); ++i) write(paths[i], damage(contents[i]));
    const std::string again = client(in(folder.path()) + " ETCH_LOG=debug", "training");
    INFO(again);
    CHECK(results(again) == results(whole));
    CHECK(has(again, "llvm: loaded"));
    CHECK(has(again, "damaged"));
    CHECK(has(client(in(folder.path()), "training"), "llvm: not loaded"));
  };
  damage_all([](const std::string &) { return std::string(); });
  damage_all([](const std::string &bytes) { return bytes.substr(0, 20); });
  damage_all([](const std::string &bytes) { return bytes.substr(0, bytes.size() - 1); });
  damage_all([](const std::string &bytes) { return bytes + "x"; });
  damage_all([](const std::string &bytes) { return std::string(bytes.size(), '\0'); });
  for (size_t position : {9u, 100u, 1000u})
    damage_all([&](std::string bytes) {
      bytes[std::min<size_t>(position, bytes.size() - 1)] ^= 4;
      return bytes;
    });
}

TEST_CASE("the folder stays below ETCH_CACHE_SIZE") {
  TemporaryDirectory folder;
  client(in(folder.path()) + " ETCH_CACHE_SIZE=1", "many 400");
  uintmax_t bytes = 0;
  for (const fs::path &path : entries(folder.path())) bytes += fs::file_size(path);
  CHECK(bytes > (1 << 18));
  CHECK(bytes < (1 << 20) + (1 << 18));
}

TEST_CASE("writers that are killed and writers side by side leave a sound folder") {
  TemporaryDirectory folder;
  const std::string directory = folder.path().string();
  const std::string expected = results(client("ETCH_CACHE=0", "many 40"));
  for (int round = 0; round < 12; ++round) {
    std::vector<pid_t> children;
    std::fflush(nullptr);  // or each child would print what is in our buffers
    for (int i = 0; i < 3; ++i) {
      const pid_t child = fork();
      REQUIRE(child >= 0);
      if (child == 0) {
        setenv("ETCH_CACHE", "1", 1);
        setenv("ETCH_CACHE_DIR", directory.c_str(), 1);
        if (!freopen("/dev/null", "w", stdout)) _exit(1);
        execl(ETCH_CACHE_CLIENT, ETCH_CACHE_CLIENT, "many", "40", nullptr);
        _exit(1);
      }
      children.push_back(child);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(60 + 23 * round));
    for (pid_t child : children) kill(child, SIGKILL);
    for (pid_t child : children) waitpid(child, nullptr, 0);
  }
  const std::string last = client(in(folder.path()) + " ETCH_LOG=debug", "many 40");
  CHECK(results(last) == expected);
  CHECK_FALSE(has(last, "damaged"));
  CHECK(has(client(in(folder.path()), "many 40"), "llvm: not loaded"));
}
