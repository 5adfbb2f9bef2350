#pragma once
// How the tools end: one meaning per exit code, the same in all of them.

#include <string>

#include "llvm/Support/raw_ostream.h"

#include "runtime/base/error.h"

namespace etch::tools {

enum ExitCode {
  kDone = 0,
  kInternalError = 1,  ///< a bug in Etch, or a device that failed
  kBadInput = 2,       ///< wrong use, file or data: the message says what came, what was expected and how to fix it
  kUnsupported = 77,   ///< well formed, but not built yet (what test runners count as skipped)
};

/// Runs `body`; what it throws becomes a message on stderr and an exit code.
template <typename Body>
int guarded(const char *tool, Body &&body) {
  auto say = [&](const char *what) { llvm::errs() << tool << ": " << what << '\n'; };
  try {
    body();
    llvm::outs().flush();
    return kDone;
  } catch (const UnsupportedError &error) {
    say(error.what());
    return kUnsupported;
  } catch (const UserError &error) {
    say(error.what());
    return kBadInput;
  } catch (const std::exception &error) {
    say(error.what());
    return kInternalError;
  }
}

inline constexpr const char *kExitCodes =
    "Exit codes:\n"
    "  0   done\n"
    "  2   bad input or wrong use: the message says what came, what was expected and how to fix it\n"
    "  77  the module holds something that Etch cannot compile yet\n"
    "  1   a bug in Etch\n";

}  // namespace etch::tools
