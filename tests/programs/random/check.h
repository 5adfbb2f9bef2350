#pragma once
// Running random programs: what all kinds of them share.

#include "tests/programs/random/program.h"

namespace random_program {

struct Program {
  Block block;
  Values inputs;
  std::vector<Tensor> initial;  // of variables

  std::string text() const;
  State fresh_state() const;
};

/// The program with as many steps and results left out as `fails` allows: what a step made is then given instead.
Program shrunk(Program program, const std::function<bool(const Program &)> &fails);

Program make_program(uint64_t seed, const Kinds &kinds, int steps);

/// Runs programs of one kind, of which a build of tests runs `count`. `check` returns what differs, "" if nothing, and
/// writes the program's text.
void fuzz(const char *kind, int64_t count, const std::function<std::string(uint64_t seed, std::string &text)> &check);

/// Whether ETCH_FUZZ_SHOW asks for the texts; prints this one if so.
bool shows(const std::string &text);

Options strict_options();

/// Where the bits differ, but for those of NaNs; "" if nowhere.
std::string difference(const Tensor &eager, const Tensor &compiled);
std::string compare(const Values &eager, const Values &compiled, const char *what);

/// What `check` says of a program. The text is that of a smaller program if something is wrong.
std::string check_program(const Program &program, std::string &text,
                          const std::function<std::string(const Program &)> &check);
/// What differs between the program run op by op and compiled, in results, variables and in what must not change: its
/// arguments, and what there was before a call.
std::string check_program(const Program &program, std::string &text, const Options &options = strict_options());

}  // namespace random_program
