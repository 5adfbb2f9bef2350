#pragma once

namespace llvm {
class Module;
}

namespace etch::codegen {

/// Makes plain stores of stores under a mask that is known to be one lane. LLVM 22's code generator does so itself, but
/// where lanes are narrowed to 8 or 16 bits for the store it then writes 32 (X86's reduceMaskedStoreToScalarStore).
void storeSingleLanes(llvm::Module &module);

}  // namespace etch::codegen
