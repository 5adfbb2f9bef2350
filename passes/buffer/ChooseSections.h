#pragma once
// Which steps of a schedule run side by side: the decision alone, on a graph of expected times.

#include <string>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include "passes/buffer/ExpectedTime.h"

namespace etch::passes {

/// One step, and the earlier steps that must be done before it.
struct SectionStep {
  ExpectedTime time;
  llvm::SmallVector<unsigned, 4> needs;
};

/// In nanoseconds.
struct SectionLimits {
  double cost = 1500;                ///< of a section: waking the threads, and waiting for the last one
  double least = 8000, part = 0.12;  ///< what a section must save of the time that two threads take without it
  double shortest = 3000;            ///< shorter strands are joined
};

struct Section {
  unsigned strands = 0;
  double apart = 0, together = 0;  ///< two threads: kernel after kernel, strand beside strand
};

/// The schedule is cut into gaps and sections that follow each other: gap 0, section 0, gap 1, ... Strands of a section
/// need nothing of each other.
struct Sections {
  struct Place {
    unsigned part = 0;  ///< 2 g: gap g. 2 s + 1: section s
    unsigned strand = 0;
  };
  llvm::SmallVector<Section> sections;
  llvm::SmallVector<Place> places;  ///< of each step
  /// What is known to be the least time of all steps on two threads, against `apart`, when there is no section.
  double apart = 0, least = 0;
};

/// Depends on the steps alone, never on the number of threads.
Sections chooseSections(llvm::ArrayRef<SectionStep> steps, SectionLimits limits);

}  // namespace etch::passes
