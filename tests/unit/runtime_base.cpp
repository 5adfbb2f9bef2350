// Shapes, errors, environment variables, log.

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "runtime/base/env.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/shape.h"
#include "runtime/base/tensor_type.h"
#include "runtime/base/whole_file.h"
#include "tests/unit/io_temporary.h"

using namespace etch;
using Catch::Matchers::Contains;

namespace {

class Variable {
 public:
  Variable(const char *name, const char *value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }

 private:
  const char *name_;
};

}  // namespace

TEST_CASE("shapes print, compare and count", "[shape]") {
  CHECK(to_string(Shape{}) == "[]");
  CHECK(to_string(Shape{2, 3}) == "[2,3]");
  CHECK(to_string(Shape{kDynamic, 784}) == "[?,784]");
  CHECK(to_string(TensorType{f32, {2, 3}}) == "f32[2,3]");
  CHECK(to_string(TensorType{boolean, {}}) == "bool[]");
  CHECK(Shape{}.num_elements() == 1);
  CHECK(Shape{2, 3, 4}.num_elements() == 24);
  CHECK(Shape{2, kDynamic}.num_elements() == kDynamic);
  CHECK(Shape{int64_t{1} << 40, 0, int64_t{1} << 40}.num_elements() == 0);
  CHECK_THROWS_WITH((Shape{int64_t{1} << 40, int64_t{1} << 40}.num_elements()), Contains("2^63"));
  CHECK(Shape{2, kDynamic, kDynamic}.num_dynamic() == 2);
  Shape shape{2, 3, 5};
  CHECK(std::as_const(shape)[-1] == 5);
  shape[-3] = 7;
  CHECK(shape == Shape{7, 3, 5});
  CHECK(Shape{2, 3} == Shape(std::vector<int64_t>{2, 3}));
  CHECK_FALSE(Shape{2, 3} == Shape{2, 3, 1});
  CHECK_FALSE(Shape{2, 3} == Shape{2, 4});
}

TEST_CASE("a spec takes what its unknown extents allow", "[shape]") {
  CHECK(is_compatible({kDynamic, 784}, {64, 784}));
  CHECK_FALSE(is_compatible({kDynamic, 784}, {64, 783}));
  CHECK_FALSE(is_compatible({kDynamic}, {64, 784}));
}

TEST_CASE("at most eight axes", "[shape]") {
  Shape shape{1, 1, 1, 1, 1, 1, 1, 1};
  CHECK_THROWS_AS(shape.push_back(1), UserError);
  CHECK_THROWS_WITH(Shape(std::vector<int64_t>(9, 1)), Contains("rank 9"));
}

TEST_CASE("errors begin with the user's line where it is known", "[error]") {
  const UserError known("bad axis 3", Location("model.cpp", 12, 7));
  CHECK(std::string(known.what()) == "model.cpp:12:7: bad axis 3");
  CHECK(known.message() == "bad axis 3");
  CHECK(known.location().line == 12);
  CHECK(std::string(UserError("bad axis 3").what()) == "bad axis 3");
  CHECK(to_string(Location()) == "<unknown>");
  CHECK_THAT(InternalError("lost a node").what(), Contains("lost a node") && Contains("report"));
}

TEST_CASE("file names are interned", "[error]") {
  std::string name = "some/file.cpp";
  const char *first = intern_file_name(name);
  name[0] = 'x';
  CHECK(std::string(first) == "some/file.cpp");
  CHECK(intern_file_name("some/file.cpp") == first);
}

TEST_CASE("a file is written whole or stays what it was", "[file]") {
  TemporaryDirectory folder;
  const std::string path = folder.write("x", "old");
  std::ifstream reader(path);
  CHECK(write_whole_file(path, "new and longer") == "");
  CHECK(std::string(std::istreambuf_iterator<char>(reader), {}) == "old");  // who has it open keeps what it was
  std::ifstream again(path);
  CHECK(std::string(std::istreambuf_iterator<char>(again), {}) == "new and longer");
  CHECK(write_whole_file(folder.path().string() + "/none/x", "") == "No such file or directory");
  CHECK(write_whole_file(folder.path().string(), "") == "it is a folder");
  CHECK(write_whole_file("/dev/full", "text") == "No space left on device");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("environment variables mean something or are errors", "[env]") {
  CHECK_FALSE(env::text("ETCH_TEST_UNSET"));
  CHECK(env::integer("ETCH_TEST_UNSET", 5, 1, 9) == 5);
  {
    Variable variable("ETCH_TEST_NUMBER", "7");
    CHECK(env::integer("ETCH_TEST_NUMBER", 5, 1, 9) == 7);
    CHECK_THROWS_WITH(env::integer("ETCH_TEST_NUMBER", 5, 1, 6), Contains("ETCH_TEST_NUMBER=7") && Contains("1 to 6"));
  }
  for (const char *bad : {"7x", "x", "", "99999999999999999999", "1.5"}) {
    Variable variable("ETCH_TEST_NUMBER", bad);
    if (*bad)
      CHECK_THROWS_AS(env::integer("ETCH_TEST_NUMBER", 5, 1, 9), UserError);
    else
      CHECK(env::integer("ETCH_TEST_NUMBER", 5, 1, 9) == 5);
  }
  {
    Variable variable("ETCH_TEST_FLAG", "Off");
    CHECK_FALSE(env::flag("ETCH_TEST_FLAG", true));
  }
  {
    Variable variable("ETCH_TEST_FLAG", "2");
    CHECK_THROWS_WITH(env::flag("ETCH_TEST_FLAG", true), Contains("ETCH_TEST_FLAG=2"));
  }
  const std::string_view colours[] = {"red", "green"};
  {
    Variable variable("ETCH_TEST_COLOUR", "green");
    CHECK(env::choice("ETCH_TEST_COLOUR", colours, 0) == 1);
  }
  {
    Variable variable("ETCH_TEST_COLOUR", "blue");
    CHECK_THROWS_WITH(env::choice("ETCH_TEST_COLOUR", colours, 0), Contains("blue") && Contains("red, green"));
  }
}

TEST_CASE("a sink sees the enabled messages", "[log]") {
  const LogLevel before = log_level();
  std::vector<std::string> seen;
  LogSink previous = set_log_sink([&](LogLevel level, std::string_view message) {
    seen.push_back(std::string(name_of(level)) + ":" + std::string(message));
  });
  set_log_level(LogLevel::warning);
  log(LogLevel::warning, "careful");
  log(LogLevel::info, "by the way");
  set_log_level(LogLevel::info);
  log(LogLevel::info, "now");
  set_log_level(LogLevel::off);
  log(LogLevel::error, "nobody listens");
  set_log_sink(std::move(previous));
  set_log_level(before);
  CHECK(seen == std::vector<std::string>{"warning:careful", "info:now"});
}
