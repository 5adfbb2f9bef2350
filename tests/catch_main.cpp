// The main function of every Catch2 executable, compiled once.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <cstdlib>

int main(int argc, char **argv) {
  // Tests compile what they test: nothing is left for the next run, unless one asks for it.
  setenv("ETCH_CACHE", "0", /*overwrite=*/0);
  setenv("ETCH_KERNEL_PACK", "", /*overwrite=*/0);
  return Catch::Session().run(argc, argv);
}
