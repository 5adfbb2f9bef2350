// Files that are missing, damaged or cannot be written: the message names the file, the location is the user's line.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "tests/error/expect.h"

using namespace etch;
using etch::test::expect_error;

namespace {

/// A file of this text, gone at the end of the test.
class TextFile {
 public:
  explicit TextFile(const std::string &text) { std::ofstream(path) << text; }
  ~TextFile() { std::filesystem::remove(path); }
  const std::string path = (std::filesystem::temp_directory_path() / "etch-error-files.npy").string();
};

}  // namespace

TEST_CASE("a file that is not there") {
  expect_error<UserError>([&] { load_npy("none/x.npy"); }, __LINE__, "none/x.npy: no such file");
  expect_error<UserError>([&] { load_idx("none/x.idx"); }, __LINE__, "none/x.idx: no such file");
  expect_error<UserError>([&] { load_mnist_train("none"); }, __LINE__, "none");
  expect_error<UserError>([&] { load_mnist_test("none"); }, __LINE__, "none");
}

TEST_CASE("a file that holds something else") {
  const TextFile text("this is no array");
  expect_error<UserError>([&] { load_npy(text.path); }, __LINE__, text.path);
  expect_error<UserError>([&] { load_idx(text.path); }, __LINE__, text.path);
}

TEST_CASE("an array of a dtype that Etch has not") {
  const std::string header = "{'descr': '<c16', 'fortran_order': False, 'shape': (1,), }";
  const TextFile text("\x93NUMPY\x01" + std::string(1, '\0') + static_cast<char>(header.size()) + std::string(1, '\0') +
                      header + std::string(16, '\0'));
  expect_error<UnsupportedError>([&] { load_npy(text.path); }, __LINE__, text.path);
}

TEST_CASE("a file that cannot be written") {
  expect_error<UserError>([&] { save_npy("none/x.npy", ones({2})); }, __LINE__, "none/x.npy: cannot be written");
}

TEST_CASE("a full disk") {
  const std::string full = "/dev/full";
  if (!std::filesystem::is_character_file(full)) return;  // a machine without it
  expect_error<UserError>([&] { save_npy(full, ones({2})); }, __LINE__, "/dev/full: cannot be written: No space left");
  expect_error<UserError>([&] { save_npy(full, ones({99999})); }, __LINE__, "/dev/full: cannot be written: No space");
  auto f = function([](Tensor x) { return x + 1.f; }).get_concrete_function(ones({2}));
  expect_error<UserError>([&] { f.save(full); }, __LINE__, "[save] cannot write '/dev/full'");
  CHECK(std::filesystem::is_character_file(full));  // and not a file that took its place
}

TEST_CASE("a negative number of digits") {
  expect_error<UserError>([&] { synthetic_mnist(-1, 0); }, __LINE__, "-1");
}
